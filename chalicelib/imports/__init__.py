"""Imports of files: `read` parses the file, `map` converts its columns, `plan` decides about each row, `write`
stores it, `report` lists the outcomes. `jobs` and `running` control these steps. The API and
`consumers.run_import` may import it.
"""
