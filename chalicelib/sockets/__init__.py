"""The functions of the WebSocket API: `$connect`, `$disconnect` and messages.

Only `app.py` imports them. They call the same rules as the REST API.
"""
