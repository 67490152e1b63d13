"""`/static/…`: the browser's files, as they lie in chalicelib/static.

    /static/{version}/{folder}/{path}[/{file}]     version: the digest of all files, or anything else

Under the digest a file is kept by browsers for a year; a page names no other. Modules import each other by
relative paths, so one digest for all keeps whoever loaded one file of a version with that version. Any other
version, such as `latest` for frontends elsewhere, answers with what there is now and is asked for again each time:
a page that was loaded before a deployment goes on. API Gateway compresses by itself (`minimum_compression_size`),
text of every kind; there is no other here, as it would be base64 that had to be asked for by its exact type.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from chalice.app import Blueprint
from msgspec import Struct

from chalicelib.api.http import Answer, ApiRequest, endpoint
from chalicelib.api.media import AnyText
from chalicelib.errors import NotFound
from chalicelib.settings import settings

bp = Blueprint(__name__)

# The stage that API Gateway serves both APIs under; see .chalice/config.json.
_STAGE: Final = "/api"
ROOT: Final = Path(__file__).parent.parent / "static"
_TYPES: Final[Mapping[str, str]] = {
    ".js": "text/javascript; charset=utf-8",
    # Declarations, for people to download: browsers run none.
    ".ts": "text/plain; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
}
# A service worker may stand before no page but those beside it, unless its answer says so.
_SCOPES: Final[Mapping[str, str]] = {"console/offline-worker.js": "/console"}
_FOREVER: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "public, no-cache"


class File(Struct, frozen=True):
    """A file, read once per process. tag: its entity tag."""

    content: str
    media_type: str
    tag: str


@endpoint(bp, "/static/{version}/{folder}/{path}", "GET", roles=None, refuses={NotFound})
def file(request: ApiRequest) -> Answer[AnyText]:
    """A file of the console or of the realtime client."""
    return _serve(request, f"{request.path['folder']}/{request.path['path']}")


# API Gateway wants one name for a parameter at one place of a path: here `path` is a folder.
@endpoint(bp, "/static/{version}/{folder}/{path}/{file}", "GET", roles=None, refuses={NotFound})
def file_in_folder(request: ApiRequest) -> Answer[AnyText]:
    """The same, a folder deeper."""
    return _serve(request, f"{request.path['folder']}/{request.path['path']}/{request.path['file']}")


def _serve(request: ApiRequest, path: str) -> Answer[AnyText]:
    # Known names alone: no path reaches the file system.
    found = files().get(path)
    if found is None:
        raise NotFound("There is no such file.")
    kept = _FOREVER if request.path["version"] == version() else _ASK_AGAIN
    headers = {"ETag": found.tag, "Cache-Control": kept}
    if is_known(request, found.tag):
        return Answer("", 304, headers)
    scope = {"Service-Worker-Allowed": base_path() + _SCOPES[path]} if path in _SCOPES else {}
    return Answer(found.content, headers={**headers, **scope, "Content-Type": found.media_type})


def base_path() -> str:
    """The path that the API lies under, as people's browsers know it: `/api`."""
    return urlsplit(settings().public_url).path or _STAGE


def is_known(request: ApiRequest, tag: str) -> bool:
    """Whether the asker has this version already (`If-None-Match`)."""
    return tag in [each.strip() for each in request.headers.get("if-none-match", "").split(",")]


def tag_of(content: str) -> str:
    """An entity tag. Weak, as it is sent compressed to one and not to another (RFC 9110 §8.8.1)."""
    return f'W/"{_digest(content.encode())}"'


@cache
def files() -> Mapping[str, File]:
    """All files but pages, by path."""
    found = {}
    for path in sorted(ROOT.rglob("*")):
        media_type = _TYPES.get(path.suffix)
        if media_type and path.is_file():
            content = path.read_text(encoding="utf-8")
            found[path.relative_to(ROOT).as_posix()] = File(content, media_type, tag_of(content))
    return found


@cache
def version() -> str:
    """The digest of all files and their names."""
    return _digest("".join(f"{path}\0{each.content}\0" for path, each in files().items()).encode())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
