"""The browser's files in S3, of this version and of those that open tabs still run.

    upload()             before the application's stack is updated, because the new pages refer to these files
    mark_superseded()    after that update has succeeded; tags the files that this version does not have

The bucket deletes a tagged object 30 days later (`StaticBucket` in infra/resources.json). Uploading it again
removes the tag. So a rollback, which is a deployment of an older version, restores that version's files. A
deployment that fails tags nothing or some files; the next successful one tags the others.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from botocore.exceptions import ClientError

from infra.stacks import DeployError

# The keys are the paths of the URLs.
PREFIX: Final = "api/static/"
# Names without a hash, because other frontends and browsers use these URLs.
LATEST: Final = f"{PREFIX}latest/"
TAG: Final = "superseded"
IMMUTABLE: Final = "public, max-age=31536000, immutable"
_REVALIDATE: Final = "public, no-cache"
_MEDIA_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".map": "application/json",
    ".json": "application/json",
    # Type declarations, for download.
    ".ts": "text/plain; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}
# Longer than a deployment takes after its upload. Newer objects may belong to a concurrent deployment, so they are
# not tagged; the next deployment tags them.
_LONGEST_DEPLOYMENT: Final = timedelta(days=1)


class _Object(NamedTuple):
    key: str
    modified: datetime


class StaticFiles:
    """The files of one version and the bucket that they are served from.

    folder: the files below `/api/static/`. Raises DeployError if it is empty or has a file of an unknown type.
    """

    def __init__(self, s3: Any, bucket: str, folder: Path) -> None:
        self._s3 = s3
        self._bucket = bucket
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        self._files = {PREFIX + path.relative_to(folder).as_posix(): path for path in paths}
        if not self._files:
            raise DeployError(f"there are no files for browsers in {folder}")
        for key in self._files:
            if Path(key).suffix not in _MEDIA_TYPES:
                raise DeployError(f"{key} has no media type in infra/static_files.py")

    def upload(self) -> None:
        """Puts every file, also existing ones, which removes their tag.

        Files below `latest/` come last, because they import hashed ones.
        """
        for key in sorted(self._files, key=lambda key: (key.startswith(LATEST), key)):
            body = self._files[key].read_bytes()
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=body, **_headers(key))

    def mark_superseded(self) -> None:
        """Tags the objects that are not of this version, unless they were uploaded within the last day."""
        objects = self._objects()
        # By S3's clock, not by the one of this machine.
        now = max(each.modified for each in objects)
        for each in objects:
            if each.key not in self._files and now - each.modified > _LONGEST_DEPLOYMENT:
                self._mark(each)

    def _objects(self) -> list[_Object]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=PREFIX)
        return [_Object(row["Key"], row["LastModified"]) for page in pages for row in page.get("Contents", ())]

    def _mark(self, found: _Object) -> None:
        where = {"Bucket": self._bucket, "Key": found.key}
        try:
            # Copying it again would restart the 30 days.
            if TAG in {tag["Key"] for tag in self._s3.get_object_tagging(**where)["TagSet"]}:
                return
            # S3 counts the days from LastModified, which a copy renews but a tag does not. S3 refuses to copy an
            # object onto itself unless its metadata is replaced.
            # https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
            self._s3.copy_object(
                **where,
                CopySource=where,
                # Not if another deployment has uploaded it since. HTTP dates have no fractions of a second.
                CopySourceIfUnmodifiedSince=found.modified + timedelta(seconds=1),
                MetadataDirective="REPLACE",
                TaggingDirective="REPLACE",
                Tagging=f"{TAG}=true",
                **_headers(found.key),
            )
        except ClientError as error:
            # The object was uploaded again or has expired since it was listed.
            if error.response["Error"]["Code"] not in ("PreconditionFailed", "NoSuchKey"):
                raise


def _headers(key: str) -> dict[str, str]:
    """The headers of an object."""
    return {
        "ContentType": _MEDIA_TYPES.get(Path(key).suffix, "application/octet-stream"),
        "CacheControl": _REVALIDATE if key.startswith(LATEST) else IMMUTABLE,
    }
