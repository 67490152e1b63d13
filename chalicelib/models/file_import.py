"""Table `imports`: hash `tenant_id`, range `id`. Imports of files, and their progress."""

from typing import Final

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName

STATES: Final = ("waiting_for_file", "checking", "checked", "committing", "done", "refused", "failed")
# The states in which parts are on the queue.
RUNNING: Final = ("checking", "committing")
STEPS: Final = ("read", "check", "recheck", "write")
OUTCOMES: Final = ("created", "updated", "unchanged", "skipped", "failed")
COUNTS: Final = ("checked", "written", *OUTCOMES)


class FileImport(Table):
    """state: one of STATES, as staff see it; step: one of STEPS, the current or last one.

    run: id of the current check or commit, so that messages of an older one are ignored; part: the next part of
    the step. reading: the run that read the file; its parts and its report are stored under this id. mapping,
    columns, unused, problem: JSON. total and COUNTS: rows of the current step. correlation_id: of the last
    request.
    """

    class Meta:
        table_name = TableName("imports")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()
    file_name = UnicodeAttribute()
    format = UnicodeAttribute(null=True)
    source = UnicodeAttribute()
    mapping = UnicodeAttribute()
    state = UnicodeAttribute()
    step = UnicodeAttribute(null=True)
    run = UnicodeAttribute(null=True)
    reading = UnicodeAttribute(null=True)
    part = NumberAttribute(default=0)
    parts = NumberAttribute(default=0)
    encoding = UnicodeAttribute(null=True)
    columns = UnicodeAttribute(null=True)
    unused = ListAttribute[str](null=True)
    problem = UnicodeAttribute(null=True)
    total = NumberAttribute(default=0)
    checked = NumberAttribute(default=0)
    written = NumberAttribute(default=0)
    created = NumberAttribute(default=0)
    updated = NumberAttribute(default=0)
    unchanged = NumberAttribute(default=0)
    skipped = NumberAttribute(default=0)
    failed = NumberAttribute(default=0)
    made_by = UnicodeAttribute()
    committed_by = UnicodeAttribute(null=True)
    correlation_id = UnicodeAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    checked_at = UnicodeAttribute(null=True)
    committed_at = UnicodeAttribute(null=True)
    finished_at = UnicodeAttribute(null=True)
