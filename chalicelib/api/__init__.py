"""The REST API: one module per group of routes, and the modules that all share (`http`, `wire`, `document`).

Only `app.py` and tools import it; the other Lambda functions never do.
"""
