"""Drivers' positions: plausible fixes, the last position and the day's track.

The API, the socket's handlers and consumers may import it.
"""
