"""The REST API: one module per group of routes, and what every route shares (`http`, `wire`, `document`).

Only `app.py` and tools import it; functions that are no REST requests never do.
"""
