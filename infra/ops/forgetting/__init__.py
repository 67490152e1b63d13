"""Deletes all data that names or describes a person; figures stay. Only `infra.ops.forget_person` imports this.

`person` finds the rows, `words` masks names and numbers in texts, `rows`, `events` and `files` delete.
"""
