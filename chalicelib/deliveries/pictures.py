"""Signatures and photos, which the phone uploads to S3 under a key with the tenant's and the order's id.

An upload URL could replace the picture for some minutes. So a confirmation copies the checked picture to another
key, which no upload can write and which contains the digest of the content.
"""

import hashlib
import re
from datetime import datetime, timedelta
from typing import Final

from botocore.exceptions import ClientError
from msgspec import Struct

from chalicelib.auth.principal import DRIVER, STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.core import aws
from chalicelib.core.clock import new_id, wire
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Invalid, Unavailable
from chalicelib.core.fields import WireTime
from chalicelib.core.settings import settings
from chalicelib.deliveries.access import open_order
from chalicelib.deliveries.drafts import NewUpload

# A phone's photo has 2–4 MB.
MAX_BYTES: Final = 5 * 1024 * 1024
# An empty drawing of 100 × 100 points is larger; a header without a picture is smaller.
MIN_BYTES: Final = 256

_ENDINGS: Final = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
# Patterns of the first bytes, by file type. https://en.wikipedia.org/wiki/List_of_file_signatures
_BEGINNINGS: Final = {
    "png": rb"\x89PNG\r\n\x1a\n",
    "jpg": rb"\xff\xd8\xff",
    "webp": rb"(?s)RIFF.{4}WEBP",
}
# Long enough for a slow network in a stairwell.
_UPLOAD_WITHIN: Final = timedelta(minutes=15)
_LOOK_WITHIN: Final = timedelta(minutes=5)
# `re` compiles and caches it at the first picture.
_NAME: Final = r"(signature|photo)-[0-9A-HJKMNP-TV-Z]{26}\.(png|jpg|webp)"


class Upload(Struct):
    """How to upload: POST a form with these `fields`, then the `file`, to `url`; confirm with `upload_key`."""

    upload_key: str
    url: str
    fields: dict[str, str]
    max_bytes: int
    expires_at: WireTime


@rule(roles=STAFF | {DRIVER})
def make_upload(principal: Principal, order_id: str, new: NewUpload, *, now: datetime) -> Upload:
    """An upload form for one picture of an open order. S3 refuses another type, key or size.

    Raises NotFound, Conflict `order_closed` or TooFast.
    """
    from chalicelib.auth.rate_limits import spend  # noqa: PLC0415 - see above
    from chalicelib.deliveries.upload_limit import UPLOADS_PER_USER  # noqa: PLC0415 - the socket does not upload

    order = open_order(principal, order_id)
    spend(UPLOADS_PER_USER, principal.user_id, now=now)
    key = f"{order.tenant_id}/{order.id}/{new.kind}-{new_id()}.{_ENDINGS[new.content_type]}"
    post = aws.client("s3").generate_presigned_post(
        settings().proof_bucket,
        key,
        Fields={"Content-Type": new.content_type},
        Conditions=[{"Content-Type": new.content_type}, ["content-length-range", MIN_BYTES, MAX_BYTES]],
        ExpiresIn=int(_UPLOAD_WITHIN.total_seconds()),
    )
    return Upload(key, post["url"], post["fields"], MAX_BYTES, wire(now + _UPLOAD_WITHIN))


class StoredPicture(Struct, frozen=True):
    """A picture that proves a delivery. sha256: of its content, hexadecimal."""

    key: str
    sha256: str


def store_picture(tenant_id: str, order_id: str, kind: str, key: str) -> StoredPicture:
    """Checks an uploaded picture and stores it permanently; repeating it changes nothing.

    Raises Invalid `upload_invalid` for a key of another order or kind and for a file that is no picture,
    `upload_missing`; Unavailable.
    """
    folder, _, name = key.rpartition("/")
    match = re.fullmatch(_NAME, name)
    if folder != f"{tenant_id}/{order_id}" or match is None or match[1] != kind:
        raise Invalid(("upload_key", f"not the key of a {kind} of this order"), code=ErrorCode.UPLOAD_INVALID)
    s3, bucket, ending = aws.client("s3"), settings().proof_bucket, match[2]
    try:
        uploaded = s3.get_object(Bucket=bucket, Key=key)
        content: bytes = uploaded["Body"].read(MAX_BYTES + 1)
        if not MIN_BYTES <= len(content) <= MAX_BYTES or re.match(_BEGINNINGS[ending], content) is None:
            raise Invalid(
                ("upload_key", f"what was uploaded is no {ending} picture"), code=ErrorCode.UPLOAD_INVALID
            )
        sha256 = hashlib.sha256(content).hexdigest()
        stored_key = f"{folder}/proof-{sha256}.{ending}"
        s3.put_object(Bucket=bucket, Key=stored_key, Body=content, ContentType=uploaded["ContentType"])
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:  # noqa: PLR2004 - HTTP's "not there"
            raise Unavailable("The pictures cannot be looked at. Try again soon.") from error
        raise Invalid(("upload_key", "nothing has been uploaded there"), code=ErrorCode.UPLOAD_MISSING) from error
    return StoredPicture(stored_key, sha256)


def picture_url(key: str) -> str:
    """A presigned URL of the picture, valid for five minutes."""
    url: str = aws.client("s3").generate_presigned_url(
        "get_object",
        Params={"Bucket": settings().proof_bucket, "Key": key},
        ExpiresIn=int(_LOOK_WITHIN.total_seconds()),
    )
    return url
