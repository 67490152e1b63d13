"""Orders: creating, changing, pricing, listing and the status table.

Routes, deliveries, realtime, SMS, reports and the packages above them may import it.
"""
