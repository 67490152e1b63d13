"""Imports of files: `read` the file, `map` its columns, `plan` each row, `write` it, `report` it; `jobs` and
`running` lead a file through these steps. The API and `consumers.run_import` may import it.
"""
