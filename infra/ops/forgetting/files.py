"""Deletes a person's data in files: pictures of proofs, and import files."""

from typing import Any, Final

from pynamodb.expressions.update import Action

from chalicelib.core import aws
from chalicelib.core.settings import settings
from chalicelib.models.file_import import FileImport
from chalicelib.models.import_row import ImportRow
from infra.ops.forgetting.person import Person
from infra.ops.forgetting.words import Words

# Texts typed by staff or read from a file; if it has no header, its first row is of a person.
_TEXTS: Final = ("file_name", "mapping", "columns", "unused", "problem")


def forget_pictures(tenant_id: str, order_id: str) -> int:
    """Deletes an order's pictures with all their versions; returns how many."""
    return _delete(settings().proof_bucket, f"{tenant_id}/{order_id}/")


def forget_imports(person: Person, words: Words) -> int:
    """Deletes the tenant's import files, and masks the person in file names and reports; returns how many files.

    It deletes all files, because they may have any format and encoding, are copies, and would be deleted within a
    week.
    """
    count = sum(
        _delete(settings().import_bucket, f"{folder}/{person.tenant_id}/") for folder in ("uploads", "parts")
    )
    for row in FileImport.query(person.tenant_id, consistent_read=True):
        actions = _masked(row, _TEXTS, words)
        if actions:
            row.update(actions, condition=FileImport.id.exists())
    has_text = ImportRow.note.exists() | ImportRow.errors.exists()
    for line in ImportRow.scan(
        ImportRow.import_key.startswith(f"{person.tenant_id}#") & has_text, consistent_read=True
    ):
        actions = _masked(line, ("note",), words)
        errors = [each.as_dict() for each in line.errors or ()]
        changed = words.masked(errors, names=True)
        if changed != errors:
            actions.append(ImportRow.errors.set(changed))
        if actions:
            line.update(actions, condition=ImportRow.number.exists())
    return count


def _masked(row: FileImport | ImportRow, names: tuple[str, ...], words: Words) -> list[Action]:
    """The actions that mask the person in the texts."""
    actions: list[Action] = []
    for name in names:
        text = getattr(row, name)
        changed = words.masked(text, names=True)
        if changed != text:
            actions.append(getattr(type(row), name).set(changed))
    return actions


def _delete(bucket: str, prefix: str) -> int:
    s3: Any = aws.client("s3")
    keys = set()
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        for found in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            s3.delete_object(Bucket=bucket, Key=found["Key"], VersionId=found["VersionId"])
            keys.add(found["Key"])
    return len(keys)
