"""`/console`: the HTML pages, `chalicelib/static/console/*.html`, with these placeholders filled in:

    {{head}}         the shared start of each head, `_head.html`
    {{static}}       the base URL of scripts and styles
    {{api}}          the base URL of the REST API
    {{websocket}}    the WebSocket endpoint
    {{map_tiles}}    the URL template of map tiles, or nothing

Guests' pages that a link or a QR code opens also have their content filled in (guest_pages.py):

    {{lang}}, {{title}}, {{content}}

Every other page holds no data of a tenant or a person and is the same for all users.
"""

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from chalice.app import Blueprint

from chalicelib.api.http import Answer, endpoint
from chalicelib.api.markup import Markup
from chalicelib.api.media import Html
from chalicelib.api.page_headers import page_headers
from chalicelib.api.request import ApiRequest
from chalicelib.core.errors import NotFound
from chalicelib.core.settings import settings

bp = Blueprint(__name__)

# In the deployment package the pages refer to their scripts and styles by hash (infra/bundling.py). These files
# themselves are not in the package.
_FOLDER: Final = Path(__file__).parent.parent / "static" / "console"
# The stage that API Gateway serves both APIs under; see .chalice/config.json.
_STAGE: Final = "/api"
# Values of `<html lang>`.
LANG: Final[Mapping[str, str]] = {"zh-TW": "zh-Hant-TW", "en": "en"}
# For a guest's page at its former address, `/console/track#{code}`: the server does not receive the code.
_UNOPENED: Final[Mapping[str, str]] = {
    "lang": LANG["zh-TW"],
    "title": "幸福即時",
    "content": "<noscript>這個頁面需要 JavaScript。 This page needs JavaScript.</noscript>",
}
_PLACEHOLDER: Final = re.compile(r"\{\{(\w+)\}\}")


@endpoint(bp, "/console", "GET", roles=None)
def start(request: ApiRequest) -> Answer[Html]:
    """The console."""
    return serve_page(request, "index")


@endpoint(bp, "/console/{page}", "GET", roles=None, errors={NotFound})
def page(request: ApiRequest) -> Answer[Html]:
    """A page of the console."""
    return serve_page(request, request.path["page"])


def render(name: str, language: str, title: str, content: Markup, headers: Mapping[str, str]) -> Answer[Html]:
    """A guest's page with its content. headers: in addition to those of all pages."""
    values = {"lang": LANG[language], "title": escape(title), "content": content}
    template = pages()[name]
    return Answer(_filled(template, values), headers={**page_headers(template), **headers})


def serve_page(request: ApiRequest, name: str) -> Answer[Html]:
    """A page by its name; 304 if the client has this version. Raises NotFound."""
    content = pages().get(name)
    if content is None:
        raise NotFound("There is no such page.")
    content = _filled(content, _UNOPENED)
    # Browsers revalidate it each time, because it refers to the files of one version.
    headers = {**page_headers(pages()[name]), "ETag": _tag_of(content), "Cache-Control": "no-cache"}
    if _is_known(request, headers["ETag"]):
        return Answer("", 304, headers)
    return Answer(content, headers=headers)


@cache
def pages() -> Mapping[str, str]:
    """All pages by name, with their placeholders filled in."""
    # The API's path in the URLs that browsers request.
    base = urlsplit(settings().public_url).path or _STAGE
    known = {
        "static": f"{base}/static",
        "api": base,
        "websocket": settings().websocket_url,
        "map_tiles": settings().map_tiles,
    }
    head = (_FOLDER / "_head.html").read_text(encoding="utf-8").strip()
    found = {}
    for path in sorted(_FOLDER.glob("[!_]*.html")):
        content = path.read_text(encoding="utf-8").replace("{{head}}", head)
        found[path.stem] = _filled(content, {name: escape(value) for name, value in known.items()})
    return found


def _filled(page: str, values: Mapping[str, str]) -> str:
    """The page with each placeholder replaced by its value, which is HTML. Placeholders in values stay."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), page)


def _is_known(request: ApiRequest, tag: str) -> bool:
    """Whether the client has this version already (`If-None-Match`)."""
    return tag in [each.strip() for each in request.headers.get("if-none-match", "").split(",")]


def _tag_of(content: str) -> str:
    """An entity tag. Weak, as compressed and plain responses have the same one (RFC 9110 §8.8.1)."""
    return f'W/"{hashlib.sha256(content.encode()).hexdigest()[:16]}"'
