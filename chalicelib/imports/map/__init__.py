"""Maps columns to our fields and cells to typed values.

`imports.plan` and `imports.write` may import it; `imports.read` may not.
"""
