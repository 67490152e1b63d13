"""Templates that create an order on each due date.

The API, imports and `schedules.create_due_orders` may import it.
"""
