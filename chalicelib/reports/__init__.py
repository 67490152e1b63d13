"""Reports on orders, drivers, sales and SMS, as JSON and as CSV sheets. Only the API may import it."""
