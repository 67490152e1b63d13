"""The routing table of the public host: the origin of each path, and the headers of responses.

The local stack's front door dispatches by it. The CloudFront distribution (infra/edge_template.py) and its
function (infra/edge_function.py) are generated from it. So rows and headers are plain data: texts, no callables.
tests/infra/edge_cases.json holds the cases that every implementation passes.
"""

import re
from collections.abc import Mapping, MutableMapping
from typing import Final, Literal, NamedTuple
from urllib.parse import unquote_plus

# static: the bucket of files, which the edge caches for as long as `Cache-Control` says. Nothing else is cached.
Origin = Literal["websocket", "rest", "static", "redirect"]


class Row(NamedTuple):
    """One row. The first row that matches a path counts.

    path: literal; `{name}` is one segment of letters, digits, `-`, `.`, `_` and `~`; `/*` at the end is anything
        below. Except with `/*`, one slash more at the end matches, too.
    target: the path for the origin, or the target of a redirect; empty for the same path.
    query: parameters for the origin, which replace the client's of the same names. `{name}` is a path parameter.
    """

    path: str
    origin: Origin
    target: str = ""
    query: Mapping[str, str] = {}


class Header(NamedTuple):
    """A header of responses.

    origin: only for responses of this origin; None for all. is_default: only if the origin sent none of that name.
    """

    name: str
    value: str
    origin: Origin | None = None
    is_default: bool = False


class Forward(NamedTuple):
    """The request goes to this origin, with this path and this query string."""

    origin: Origin
    path: str
    query: str


class Redirect(NamedTuple):
    """The client is sent elsewhere (302)."""

    location: str


# The stage of both APIs. It is the WebSocket API's only path.
_API: Final = "/api"
_FLAT: Final = {"format": "flat"}
_STANDARD: Final = {"format": "standard"}

# A path selects its format and client, so its own values replace what a client sends.
ROWS: Final = (
    Row("/api", "websocket", _API),
    # The paths of the old guides.
    Row("/api/v1/websocket/ws", "websocket", _API, _FLAT),
    Row("/api/v1/websocket/ws/driver", "websocket", _API, {**_FLAT, "client": "driver"}),
    Row("/api/v1/websocket/ws/office", "websocket", _API, {**_FLAT, "client": "office"}),
    Row("/api/v1/websocket-simple/ws", "websocket", _API, _STANDARD),
    Row("/ws", "websocket", _API, _STANDARD),
    Row("/display/{token}/ws", "websocket", _API, {"token": "{token}", **_STANDARD}),
    Row("/api/ws/orders/live", "websocket", _API, {"format": "restaurant"}),
    # A redirect, so that the page has one address.
    Row("/api/v1/websocket/ws/test", "redirect", "/api/console/socket"),
    Row("/api/v1/health-simple", "rest", "/api/v1/health"),
    Row("/api/v1/health-simple/health", "rest", "/api/v1/health"),
    Row("/api/v1/health-simple/websocket", "rest", "/api/v1/health/websocket"),
    Row("/api/v1/health-simple/notifications", "rest", "/api/v1/health/notifications"),
    Row("/api/v1/health-simple/health/websocket", "rest", "/api/v1/health/websocket"),
    Row("/api/v1/health-simple/health/notifications", "rest", "/api/v1/health/notifications"),
    Row("/health", "rest", "/api/v1/health"),
    Row("/health/websocket", "rest", "/api/v1/health/websocket"),
    Row("/health/notifications", "rest", "/api/v1/health/notifications"),
    Row("/api/ws/orders/live/status", "rest", "/api/v1/realtime/status"),
    Row("/api/ws/orders/live/connections", "rest", "/api/v1/realtime/connections"),
    # Everything else.
    Row("/api/static/*", "static"),
    Row("/api/*", "rest"),
    Row("/", "redirect", "/api/console"),
)

HEADERS: Final = (
    # A year, as https://hstspreload.org asks for.
    Header("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
    Header("X-Content-Type-Options", "nosniff"),
    Header("Referrer-Policy", "no-referrer", is_default=True),
    Header("Content-Security-Policy", "frame-ancestors 'none'", is_default=True),
    # The drop-in client is loaded by frontends of other hosts.
    Header("Access-Control-Allow-Origin", "*", origin="static"),
    # The worker's file is outside of the pages that it serves.
    Header("Service-Worker-Allowed", "/api/console", origin="static"),
)

# RFC 3986's unreserved characters: a path parameter can be put into a query unchanged and adds no other parameter.
SEGMENT: Final = "[A-Za-z0-9._~-]+"


def route(path: str, query: str, *, upgrade: bool) -> Forward | Redirect | None:
    """The target of a request; None is refused with 403.

    path, query: as they were sent, not decoded. upgrade: whether the client requests a WebSocket.
    """
    found = find_row(path)
    if found is None:
        return None
    row, parameters = found
    if upgrade and row.origin != "websocket":
        return None
    if row.origin == "redirect":
        # Without the query, which may contain a token.
        return Redirect(row.target)
    added = [f"{name}={value.format_map(parameters)}" for name, value in row.query.items()]
    sent = [pair for pair in query.split("&") if pair and _name(pair) not in row.query]
    return Forward(row.origin, row.target or path, "&".join([*sent, *added]))


def find_row(path: str) -> tuple[Row, Mapping[str, str]] | None:
    """The first row that matches a path, and the path's parameters."""
    for row, pattern in _PATTERNS:
        if found := pattern.fullmatch(path):
            return row, found.groupdict()
    return None


def add_headers(headers: MutableMapping[str, str], origin: Origin) -> None:
    """Adds what the edge adds to a response. headers: case-insensitive."""
    for header in HEADERS:
        is_for = header.origin in (None, origin)
        if is_for and not (header.is_default and header.name in headers):
            headers[header.name] = header.value


def parts_of(path: str) -> tuple[list[str], list[str]]:
    """A row's path without the last slash: the texts around its parameters, and the parameters' names."""
    parts = re.split(r"\{(\w+)\}", path.rstrip("/"))
    return parts[::2], parts[1::2]


def _name(pair: str) -> str:
    return unquote_plus(pair.partition("=")[0])


def _pattern(path: str) -> re.Pattern[str]:
    if path.endswith("/*"):
        return re.compile(re.escape(path[:-1]) + "(?s:.*)")
    literals, names = parts_of(path)
    segments = [*(f"(?P<{name}>{SEGMENT})" for name in names), "/?"]
    return re.compile("".join(re.escape(text) + each for text, each in zip(literals, segments, strict=True)))


_PATTERNS: Final = tuple((row, _pattern(row.path)) for row in ROWS)
