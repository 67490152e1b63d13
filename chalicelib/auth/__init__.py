"""Sign-in, tokens, sessions, roles and rate limits: who calls, and what they may do.

Every package with rules may import it; it knows no orders.
"""
