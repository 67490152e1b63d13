"""Events for WebSocket clients: channels, subscriptions, the event log, formats, fan-out and connection limits.

The API, the WebSocket's handlers, consumers, schedules and monitoring may import it.
"""
