"""The functions that follow DynamoDB streams, read queues or are invoked by others, and their batches, failures
and permissions. Only `app.py` and `infra` import it.
"""
