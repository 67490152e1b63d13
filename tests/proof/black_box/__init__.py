"""The proof from outside: people use a local stack under faults, and an auditor judges what they received.

Only the harness imports code of the project. People follow docs/protocol.md and docs/api.md.
"""
