"""The functions of the WebSocket API: `$connect`, `$disconnect` and messages.

Only `app.py` imports them; rules are those of the packages they call.
"""
