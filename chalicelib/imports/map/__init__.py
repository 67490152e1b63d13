"""Maps columns to our fields and cells to typed values.

All of `imports` may import it, except `imports.read`.
"""
