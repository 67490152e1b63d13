"""Delivery routes: planning, driving, progress and the optimizer.

Realtime, imports, the API and consumers may import it.
"""
