"""The functions that EventBridge runs, one module each.

Only `app.py` and `infra` import them; the rules are in the packages they call.
"""
