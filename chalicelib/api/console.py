"""`/console`: the pages that people open, `chalicelib/static/console/*.html`, with what they must know filled in.

    {{head}}         what begins the head of each, `_head.html`
    {{static}}       where the files of this version lie
    {{api}}          where the REST API lies
    {{websocket}}    the WebSocket endpoint
    {{map_tiles}}    URL template of map tiles, or nothing

A page holds no data of a business or a person: it is the same for all who open it.
"""

from collections.abc import Mapping
from functools import cache
from html import escape

from chalice.app import Blueprint

from chalicelib.api.http import Answer, ApiRequest, endpoint
from chalicelib.api.media import Html
from chalicelib.api.page_headers import page_headers
from chalicelib.api.static_files import ROOT, base_path, is_known, tag_of, version
from chalicelib.errors import NotFound
from chalicelib.settings import settings

bp = Blueprint(__name__)


@endpoint(bp, "/console", "GET", roles=None)
def start(request: ApiRequest) -> Answer[Html]:
    """The console."""
    return _serve(request, "index")


@endpoint(bp, "/console/{page}", "GET", roles=None, refuses={NotFound})
def page(request: ApiRequest) -> Answer[Html]:
    """Another of its pages."""
    return _serve(request, request.path["page"])


def _serve(request: ApiRequest, name: str) -> Answer[Html]:
    content = pages().get(name)
    if content is None:
        raise NotFound("There is no such page.")
    # Asked for again each time, because it names the version of all other files.
    headers = {**page_headers(content), "ETag": tag_of(content), "Cache-Control": "no-cache"}
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
        for name, value in known.items():
            content = content.replace(f"{{{{{name}}}}}", escape(value))
        found[path.stem] = content
    return found
