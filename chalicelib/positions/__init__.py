"""Drivers' positions: plausible fixes, the last position and the day's track.

The API, the WebSocket's handlers and consumers may import it.
"""
