"""`/console`: the pages that people open, `chalicelib/static/console/*.html`, with what they must know filled in.

    {{head}}         what begins the head of each, `_head.html`
    {{static}}       where the files of this version lie
    {{api}}          where the REST API lies
    {{websocket}}    the WebSocket endpoint
    {{map_tiles}}    URL template of map tiles, or nothing

A page holds no script, no style and no data of anybody: it is the same for everybody who opens it.
"""

from collections.abc import Mapping
from functools import cache
from html import escape
from urllib.parse import urlsplit

from chalice.app import Blueprint

from chalicelib.api.http import Answer, ApiRequest, endpoint
from chalicelib.api.media import Html
from chalicelib.api.static_files import ROOT, base_path, is_known, tag_of, version
from chalicelib.aws import upload_url
from chalicelib.errors import NotFound
from chalicelib.settings import Settings, settings

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
    headers = {**_headers(), "ETag": tag_of(content), "Cache-Control": "no-cache"}
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


@cache
def _headers() -> Mapping[str, str]:
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": policy(settings()),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "same-origin",
        # What the driver's page asks for; nobody else on it may.
        "Permissions-Policy": "geolocation=(self), camera=(self), microphone=()",
    }


def policy(known: Settings) -> str:
    """The content security policy: files of ours, the WebSocket, map tiles, uploads, and nothing else."""
    # Proofs of delivery, and files to import; their hosts are what presigned addresses say.
    uploads = " ".join(
        dict.fromkeys(_origin(upload_url(each)) for each in (known.proof_bucket, known.import_bucket))
    )
    directives = {
        "default-src": "'none'",
        "script-src": "'self'",
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
