"""Imports files through the API: creates, uploads, checks and commits."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from chalicelib.core import aws
from chalicelib.core.settings import settings
from chalicelib.models.user import User
from tests.api_client import ApiClient
from tests.world import World


def csv_file(header: Sequence[str], *rows: Sequence[str], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx_file(*rows: Iterable[Any]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def brought(api: ApiClient, by: User, kind: str, content: bytes, **values: Any) -> str:
    """An import with its file uploaded; the import's id."""
    body = {"kind": kind, "file_name": "檔案.csv", "size": max(len(content), 1), **values}
    if not content.startswith(b"PK"):
        body.setdefault("file_name", "file.csv")
    else:
        body["file_name"] = "file.xlsx"
    answer = api.post("/v1/imports", body, as_=by)
    assert answer.status == 201, answer.body
    upload(answer.body, content)
    import_id: str = answer.body["id"]
    return import_id


def upload(created: dict[str, Any], content: bytes) -> None:
    """Stores the object under the form's key, as S3 does."""
    key = created["upload"]["fields"]["key"]
    aws.client("s3").put_object(Bucket=settings().import_bucket, Key=key, Body=content)


def checked(world: World, by: User, kind: str, content: bytes, **values: Any) -> dict[str, Any]:
    """An import after its dry run."""
    import_id = brought(world.api, by, kind, content, **values)
    answer = world.api.post(f"/v1/imports/{import_id}/check", as_=by)
    assert answer.status == 202, answer.body
    world.deliver_imports()
    return shown(world.api, by, import_id)


def committed(world: World, by: User, kind: str, content: bytes, **values: Any) -> dict[str, Any]:
    """An import after its commit."""
    row = checked(world, by, kind, content, **values)
    assert row["state"] == "checked", row
    answer = world.api.post(f"/v1/imports/{row['id']}/commit", as_=by)
    assert answer.status == 202, answer.body
    world.deliver_imports()
    return shown(world.api, by, row["id"])


def shown(api: ApiClient, by: User, import_id: str) -> dict[str, Any]:
    answer = api.get(f"/v1/imports/{import_id}", as_=by)
    assert answer.status == 200, answer.body
    body: dict[str, Any] = answer.body
    return body


def reported(api: ApiClient, by: User, import_id: str, **query: str) -> list[dict[str, Any]]:
    """All rows of the report, over all its pages; with `only="errors"` those that failed."""
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        expected = {**query, **({"cursor": cursor} if cursor else {})}
        answer = api.get(f"/v1/imports/{import_id}/rows", as_=by, query=expected)
        assert answer.status == 200, answer.body
        found += answer.body["items"]
        cursor = answer.body["next_cursor"]
        if cursor is None:
            return found
