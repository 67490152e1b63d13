"""Decides for each row whether a record is created, changed or left alone, with one module per kind of file.

`imports.running`, `imports.write` and `imports.report` may import it; nothing is written here.
"""
