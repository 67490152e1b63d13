"""Sign-in, tokens, sessions, roles and rate limits: identifies the caller and checks what the caller may do.

Every package with rules may import it; it does not know about orders.
"""
