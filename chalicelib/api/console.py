"""`/console`: the pages that people open, `chalicelib/static/console/*.html`, with what they must know filled in.

    {{head}}         what begins the head of each, `_head.html`
    {{static}}       where the files of this version lie
    {{api}}          where the REST API lies
    {{websocket}}    the WebSocket endpoint
    {{map_tiles}}    URL template of map tiles, or nothing

Guests' pages have their content filled in, too, where they are opened by a link or a QR code (guest_pages.py):

    {{lang}}, {{title}}, {{content}}

Any other page holds no data of a business or a person: it is the same for all who open it.
"""

import re
from collections.abc import Mapping
from functools import cache
from html import escape
from typing import Final

from chalice.app import Blueprint

from chalicelib.api.http import Answer, ApiRequest, endpoint
from chalicelib.api.markup import Markup
from chalicelib.api.media import Html
from chalicelib.api.page_headers import page_headers
from chalicelib.api.static_files import ROOT, base_path, is_known, tag_of, version
from chalicelib.errors import NotFound
from chalicelib.settings import settings

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
    template = pages()[name]
    return Answer(_filled(template, values), headers={**page_headers(template), **headers})


def _serve(request: ApiRequest, name: str) -> Answer[Html]:
    content = pages().get(name)
    if content is None:
        raise NotFound("There is no such page.")
    content = _filled(content, _UNOPENED)
    # Asked for again each time, because it names the version of all other files.
    headers = {**page_headers(pages()[name]), "ETag": tag_of(content), "Cache-Control": "no-cache"}
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
