"""S3 for tests that need its clock: one bucket's objects, their tags, and its rule that removes tagged ones."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

from botocore.exceptions import ClientError


@dataclass
class Stored:
    """An object. modified: the time from which S3 counts its age."""

    body: bytes
    headers: dict[str, str]
    modified: datetime
    tags: dict[str, str] = field(default_factory=dict)


class FakeS3:
    """A client of a bucket. due: call number → a function to call before it."""

    def __init__(self, expiry: timedelta, tag: tuple[str, str]) -> None:
        self.objects: dict[str, Stored] = {}
        self.now = datetime(2026, 11, 30, tzinfo=UTC)
        self._expiry = expiry
        self._tag = tag
        self.due: dict[int, Callable[[], object]] = {}
        self._calls = 0

    def at_call(self, n: int, happens: Callable[[], object]) -> None:
        """Before the n-th call from now on, counted from 1."""
        self.due[self._calls + n] = happens

    def pass_time(self, time: timedelta) -> None:
        """Removes expired objects, as the bucket does."""
        self.now += time
        self.objects = {key: each for key, each in self.objects.items() if not self._is_over(each)}

    def _is_over(self, found: Stored) -> bool:
        name, value = self._tag
        return found.tags.get(name) == value and self.now - found.modified >= self._expiry

    def put_object(self, Bucket: str, Key: str, Body: bytes, **headers: str) -> None:
        self._begin()
        self.objects[Key] = Stored(Body, headers, self.now)

    def get_paginator(self, name: str) -> Any:
        assert name == "list_objects_v2"
        return SimpleNamespace(paginate=self._pages)

    def _pages(self, Bucket: str, Prefix: str) -> Iterator[Any]:
        self._begin()
        rows = [
            {"Key": key, "LastModified": each.modified}
            for key, each in sorted(self.objects.items())
            if key.startswith(Prefix)
        ]
        # Two on a page.
        yield from ({"Contents": rows[n : n + 2]} for n in range(0, len(rows), 2))

    def get_object_tagging(self, Bucket: str, Key: str) -> Any:
        self._begin()
        tags = self._found(Key).tags.items()
        return {"TagSet": [{"Key": name, "Value": value} for name, value in tags]}

    def copy_object(
        self,
        *,
        Key: str,
        CopySource: dict[str, str],
        CopySourceIfUnmodifiedSince: datetime,
        MetadataDirective: str,
        TaggingDirective: str,
        Tagging: str,
        Bucket: str,
        **headers: str,
    ) -> None:
        self._begin()
        source = self._found(CopySource["Key"])
        if source.modified > CopySourceIfUnmodifiedSince:
            raise ClientError({"Error": {"Code": "PreconditionFailed"}}, "CopyObject")
        if MetadataDirective != "REPLACE":
            raise ClientError({"Error": {"Code": "InvalidRequest"}}, "CopyObject")
        tags = dict(parse_qsl(Tagging)) if TaggingDirective == "REPLACE" else source.tags
        self.objects[Key] = Stored(source.body, headers, self.now, tags)

    def _found(self, key: str) -> Stored:
        if key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return self.objects[key]

    def _begin(self) -> None:
        self._calls += 1
        if happens := self.due.pop(self._calls, None):
            happens()
