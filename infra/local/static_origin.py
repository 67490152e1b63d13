"""Serves static files from the emulator's bucket, as CloudFront does from S3.

Objects with `immutable` in `Cache-Control` are cached in memory. All others are fetched for each request.
"""

import gzip
import re
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any, Final, NamedTuple

import aiohttp
from aiohttp import web
from yarl import URL

from infra.local import content_codings
from infra.local.environment import as_root

# The paths of built files. Other paths are answered without a request to the bucket.
_KEY: Final = re.compile(r"/(api/static/[A-Za-z0-9._/-]+)")
# Bytes, https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html
_COMPRESSED_FROM: Final = 1000


class StoredObject(NamedTuple):
    """An object of the bucket. etag: with its quotes."""

    content: bytes
    media_type: str
    cache_control: str
    etag: str


# Gets an object by its key, or None. Raises aiohttp.ClientError.
Fetch = Callable[[str], Coroutine[Any, Any, StoredObject | None]]


def fetch_from(session: aiohttp.ClientSession, bucket_url: str) -> Fetch:
    """A Fetch from a bucket of the emulator."""

    async def fetch(key: str) -> StoredObject | None:
        url = URL(f"{bucket_url}/{key}", encoded=True)
        async with session.get(url, headers=as_root("s3")) as response:
            if response.status == HTTPStatus.NOT_FOUND:
                return None
            response.raise_for_status()
            found = response.headers
            return StoredObject(
                await response.read(), found["Content-Type"], found.get("Cache-Control", ""), found["ETag"]
            )

    return fetch


class _File(NamedTuple):
    """An object with its compressed content, if the edge compresses it."""

    stored: StoredObject
    compressed: bytes | None


class StaticOrigin:
    """Answers requests of the routing table's rows with the origin `static`."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        # Valid across deployments, because such a name always has the same content.
        self._immutable: dict[str, _File] = {}

    async def handle(self, request: web.Request) -> web.Response:
        """The file, 304 if the client has it, or a problem document."""
        if request.method not in ("GET", "HEAD"):
            return _problem(HTTPStatus.FORBIDDEN, "forbidden", "Static files are read only.")
        key = _KEY.fullmatch(request.rel_url.raw_path)
        try:
            file = await self._find(key[1]) if key else None
        except aiohttp.ClientError:
            return _problem(HTTPStatus.BAD_GATEWAY, "unavailable", "The bucket does not answer.")
        return _response(request, file) if file else _problem(HTTPStatus.NOT_FOUND, "not_found", "No such file.")

    async def _find(self, key: str) -> _File | None:
        if key in self._immutable:
            return self._immutable[key]
        stored = await self._fetch(key)
        if stored is None:
            return None
        large = len(stored.content) >= _COMPRESSED_FROM
        file = _File(stored, gzip.compress(stored.content, 6) if large else None)
        if "immutable" in stored.cache_control:
            self._immutable[key] = file
        return file


def _response(request: web.Request, file: _File) -> web.Response:
    content, media_type, cache_control, etag = file.stored
    headers = {"Cache-Control": cache_control, "Vary": "Accept-Encoding"}
    accepted = ",".join(request.headers.getall("Accept-Encoding", []))
    if file.compressed and content_codings.is_accepted("gzip", accepted):
        content, etag = file.compressed, f"W/{etag}"
        headers["Content-Encoding"] = "gzip"
    headers["ETag"] = etag
    if _has(request, etag):
        del headers["Vary"]
        headers.pop("Content-Encoding", None)
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    return web.Response(body=content, headers={**headers, "Content-Type": media_type})


def _has(request: web.Request, etag: str) -> bool:
    """Whether the client has this version; weak comparison (RFC 9110 §13.1.2)."""
    sent = [each.strip() for each in request.headers.get("If-None-Match", "").split(",")]
    return etag.removeprefix("W/") in [each.removeprefix("W/") for each in sent]


def _problem(status: HTTPStatus, code: str, detail: str) -> web.Response:
    problem = {
        "type": f"urn:luckygas:problem:{code}",
        "title": status.phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    return web.json_response(problem, status=status, content_type="application/problem+json")
