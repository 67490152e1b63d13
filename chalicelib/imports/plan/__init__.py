"""Decides for each row whether a record is created, changed or left alone, with one module per kind of file.

`imports.write` may import it; nothing is written here.
"""
