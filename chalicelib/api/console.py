"""`/console`: the pages that people open, `chalicelib/static/console/*.html`, with what they must know filled in.

    {{head}}         what begins the head of each, `_head.html`
    {{static}}       where the files of this version lie
    {{api}}          where the REST API lies
    {{websocket}}    the WebSocket endpoint
    {{map_tiles}}    URL template of map tiles, or nothing

Guests' pages have their content filled in, too, where they are opened by a link or a QR code (guest_pages.py):

    {{lang}}, {{title}}, {{content}}

All others hold no data of anybody and are the same for everybody who opens them.
"""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from html import escape
from typing import Final
from urllib.parse import urlsplit

from chalice.app import Blueprint

from chalicelib.api.http import Answer, ApiRequest, endpoint
from chalicelib.api.markup import Markup
from chalicelib.api.media import Html
from chalicelib.api.static_files import ROOT, base_path, is_known, tag_of, version
from chalicelib.aws import upload_url
from chalicelib.errors import NotFound
from chalicelib.settings import Settings, settings

bp = Blueprint(__name__)

# What `<html lang>` says.
LANG: Final[Mapping[str, str]] = {"zh-TW": "zh-Hant-TW", "en": "en"}
# A guest's page at its former address, `/console/track#{code}`: the server does not get the code.
_UNOPENED: Final[Mapping[str, str]] = {
    "lang": LANG["zh-TW"],
    "title": "幸福即時",
    "content": "<noscript>這個頁面需要 JavaScript。 This page needs JavaScript.</noscript>",
}
_PLACEHOLDER: Final = re.compile(r"\{\{(\w+)\}\}")
_INLINE_SCRIPT: Final = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)


@endpoint(bp, "/console", "GET", roles=None)
def start(request: ApiRequest) -> Answer[Html]:
    """The console."""
    return _serve(request, "index")


@endpoint(bp, "/console/{page}", "GET", roles=None, refuses={NotFound})
def page(request: ApiRequest) -> Answer[Html]:
    """Another of its pages."""
    return _serve(request, request.path["page"])


def render(name: str, language: str, title: str, content: Markup, headers: Mapping[str, str]) -> Answer[Html]:
    """A guest's page with its content. headers: beside those of all pages."""
    values = {"lang": LANG[language], "title": escape(title), "content": content}
    return Answer(_filled(pages()[name], values), headers={**_headers(name), **headers})


def _serve(request: ApiRequest, name: str) -> Answer[Html]:
    content = pages().get(name)
    if content is None:
        raise NotFound("There is no such page.")
    content = _filled(content, _UNOPENED)
    # Asked for again each time, because it names the version of all other files.
    headers = {**_headers(name), "ETag": tag_of(content), "Cache-Control": "no-cache"}
    if is_known(request, headers["ETag"]):
        return Answer("", 304, headers)
    return Answer(content, headers=headers)


@cache
def pages() -> Mapping[str, str]:
    """All pages by name, filled in."""
    base = base_path()
    known = {
        "static": f"{base}/static/{version()}",
        "api": base,
        "websocket": settings().websocket_url,
        "map_tiles": settings().map_tiles,
    }
    folder = ROOT / "console"
    head = (folder / "_head.html").read_text(encoding="utf-8").strip()
    found = {}
    for path in sorted(folder.glob("[!_]*.html")):
        content = path.read_text(encoding="utf-8").replace("{{head}}", head)
        found[path.stem] = _filled(content, {name: escape(value) for name, value in known.items()})
    return found


def _filled(page: str, values: Mapping[str, str]) -> str:
    """The page with values, which are HTML, in place of their names. What a value says is not looked at again."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), page)


@cache
def _headers(name: str) -> Mapping[str, str]:
    # Of the page before anybody's content is in it.
    scripts = [
        b64encode(sha256(each.encode()).digest()).decode() for each in _INLINE_SCRIPT.findall(pages()[name])
    ]
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": policy(settings(), scripts),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "same-origin",
        # What the driver's page asks for; nobody else on it may.
        "Permissions-Policy": "geolocation=(self), camera=(self), microphone=()",
    }


def policy(known: Settings, scripts: Sequence[str] = ()) -> str:
    """The content security policy: files of ours, the WebSocket, map tiles, uploads, and nothing else.

    scripts: SHA-256 of those that stand in the page itself.
    """
    # Proofs of delivery, and files to import; their hosts are what presigned addresses say.
    uploads = " ".join(
        dict.fromkeys(_origin(upload_url(each)) for each in (known.proof_bucket, known.import_bucket))
    )
    directives = {
        "default-src": "'none'",
        "script-src": " ".join(["'self'", *(f"'sha256-{each}'" for each in scripts)]),
        "style-src": "'self'",
        "img-src": f"'self' data: {_origin(known.map_tiles)}",
        "connect-src": f"'self' {_origin(known.websocket_url)} {uploads}",
        # The driver's page opens without a network.
        "worker-src": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
    }
    return "; ".join(f"{name} {sources}".strip() for name, sources in directives.items())


def _origin(url: str) -> str:
    """Scheme and host; `{s}`, one of a provider's hosts, is any."""
    parts = urlsplit(url.replace("{s}", "*"))
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
