"""The DynamoDB tables, and how their rows are read, checked and written.

Every package but `core` may import it; it contains no business rules.
"""
