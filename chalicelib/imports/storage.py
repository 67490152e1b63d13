"""Stores uploaded files and the parts that they were split into when they were read.

A check and its commit use the parts, so uploading another file with the same form does not affect them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from botocore.exceptions import ClientError

from chalicelib.core import aws
from chalicelib.core.clock import wire
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Refusal
from chalicelib.core.fields import WireTime
from chalicelib.core.settings import settings
from chalicelib.imports.map.rows import Row
from chalicelib.imports.read.file_table import MAX_BYTES, Unreadable
from chalicelib.models.file_import import FileImport

FORM_LIFETIME: Final = timedelta(hours=1)
# Without permission to list the bucket, S3 answers 403 instead of 404 for an object that does not exist.
_NOT_THERE: Final = frozenset({"NoSuchKey", "404", "403", "AccessDenied"})


class UploadForm(msgspec.Struct):
    """A form to post to `url`: the `fields`, then the `file`. Valid until `expires_at`."""

    url: str
    fields: dict[str, str]
    expires_at: WireTime
    max_bytes: int


class PartGone(Refusal):
    """The parts of the file were deleted after a week; the file has to be checked again."""

    status, title, code = 409, "Conflict", ErrorCode.FILE_EXPIRED


def upload_form(job: FileImport, *, now: datetime) -> UploadForm:
    """A form that accepts only this import's file."""
    form: dict[str, Any] = aws.client("s3").generate_presigned_post(
        settings().import_bucket,
        _upload_key(job),
        Conditions=[["content-length-range", 1, MAX_BYTES]],
        ExpiresIn=int(FORM_LIFETIME.total_seconds()),
    )
    return UploadForm(form["url"], form["fields"], wire(now + FORM_LIFETIME), MAX_BYTES)


def get_upload(job: FileImport) -> bytes:
    """The file. Raises Unreadable `file_missing` or `file_too_large`."""
    body = _body(_upload_key(job))
    if body is None:
        raise Unreadable(ErrorCode.FILE_MISSING, "no file was uploaded, or it is older than a week")
    content: bytes = body.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise Unreadable(ErrorCode.FILE_TOO_LARGE, f"the file has more than {MAX_BYTES // 2**20} MB")
    return content


def put_part(job: FileImport, reading: str, part: int, rows: Sequence[Row]) -> None:
    """Stores a part of the rows."""
    body = msgspec.json.encode(rows)
    aws.client("s3").put_object(Bucket=settings().import_bucket, Key=_part_key(job, reading, part), Body=body)


def get_part(job: FileImport, part: int) -> list[Row]:
    """A part of the rows. Raises PartGone."""
    body = _body(_part_key(job, job.reading, part))
    if body is None:
        raise PartGone("The file was read more than a week ago. Bring it again.")
    return msgspec.json.decode(body.read(), type=list[Row])


def _body(key: str) -> Any:
    """A stream of the object's content, or None if there is no such object."""
    try:
        return aws.client("s3").get_object(Bucket=settings().import_bucket, Key=key)["Body"]
    except ClientError as error:
        if error.response["Error"]["Code"] not in _NOT_THERE:
            raise
        return None


def _upload_key(job: FileImport) -> str:
    return f"uploads/{job.tenant_id}/{job.id}"


def _part_key(job: FileImport, reading: str, part: int) -> str:
    return f"parts/{job.tenant_id}/{job.id}/{reading}/{part:04}.json"
