"""Records that staff maintain: customers, drivers, products, dining tables, opening hours.

Orders and the packages above them may import it.
"""
