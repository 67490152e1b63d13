"""The edge's cache: answers that say for how long they may be stored, such as files under their digest."""

import re
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, NamedTuple

from aiohttp import web

_MAX_AGE: Final = re.compile(r"(?:^|[\s,])max-age=(\d+)")
_NEVER: Final = re.compile(r"no-cache|no-store|private")


class _Stored(NamedTuple):
    """An answer, and until when it may be used, in seconds of the clock."""

    response: web.Response
    until: float


class EdgeCache:
    """Stores answers to GET by path, query and accepted codings, in the process's memory.

    clock: seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stored: dict[tuple[str, str], _Stored] = {}

    def find(self, request: web.Request) -> web.Response | None:
        """The stored answer, where there is one and the request asks for no particular one."""
        stored = self._stored.get(_key(request)) if _may_share(request) else None
        if stored is None or stored.until <= self._clock():
            return None
        return _copy(stored.response)

    def store(self, request: web.Request, response: web.Response) -> None:
        """Stores a whole answer for as long as its `Cache-Control` says."""
        control = response.headers.get("Cache-Control", "")
        age = _MAX_AGE.search(control)
        if response.status == HTTPStatus.OK and age and not _NEVER.search(control) and _may_share(request):
            self._stored[_key(request)] = _Stored(_copy(response), self._clock() + int(age[1]))

    def clear(self) -> None:
        """Removes everything: another version has been deployed."""
        self._stored.clear()


def _key(request: web.Request) -> tuple[str, str]:
    return request.raw_path, ",".join(request.headers.getall("Accept-Encoding", []))


def _may_share(request: web.Request) -> bool:
    """Whether any client's answer will do. A client that has a version already is answered by the function."""
    particular = any(name in request.headers for name in ("Authorization", "If-None-Match", "Range"))
    return request.method == "GET" and not particular


def _copy(response: web.Response) -> web.Response:
    """aiohttp sends a response object once."""
    return web.Response(status=response.status, headers=response.headers, body=response.body)
