"""SMS: templates, queueing, sending once, daily caps, provider outages and history.

The API, consumers, schedules, reports, imports and monitoring may import it.
"""
