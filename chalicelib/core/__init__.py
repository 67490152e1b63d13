"""Code that uses no table: settings, AWS clients, time, errors, field types, logs, metrics, cursors.

Every package may import it; it imports no other package of ours.
"""
