"""Imports of files: `read` parses the file, `map` converts its columns, `plan` decides about each row, `write`
stores it, `report` lists the outcomes. The API and `consumers.run_import` may import it.

`jobs` creates an import and starts its check and its commit, for the API. It puts the first part on the queue; for
each part `consumers.run_import` calls `running`, which calls the steps and puts the next part on the queue.
"""
