"""Distances and driving times between all places: by the great circle, or by OSRM's table service.

The function that solves calls OSRM, not the API: an OSRM server is usually in a private network, and only this
function needs access to that. Also, the 60,000 numbers need not be sent with the problem.
"""

from collections.abc import Sequence
from math import ceil
from time import monotonic
from typing import Any, Final

import msgspec
from msgspec import Struct

from chalicelib.core.fields import Place
from chalicelib.core.logs import log
from chalicelib.routes.problem import MatrixSource
from chalicelib.routes.travel import METRES_PER_SECOND, road_metres

# Seconds, longer than any shift, for places that are too far away or unreachable. VROOM sums the matrix in 32
# bits, so a place on another continent must not cost more.
FOREVER: Final = 10 * 24 * 3600

# The side of the largest table that `osrm-routed` returns by default (--max-table-size, which counts cells).
_MOST_PLACES: Final = 100
_CONNECT_SECONDS: Final = 1.0
_READ_SECONDS: Final = 3.0
# Leaves enough time to solve and to answer.
_BUDGET_SECONDS: Final = 6.0
_OK: Final = 200
# Twenty times the size of the largest answer.
_MOST_BYTES: Final = 4_000_000
_PIECE: Final = 65_536

Cells = list[list[int]]


class Matrix(Struct, frozen=True):
    """Between places: rows are origins, columns destinations. distances: metres; durations: whole seconds."""

    source: MatrixSource
    distances: Cells
    durations: Cells


class OsrmFailed(RuntimeError):
    """OSRM did not answer, or not with a table."""


class _Table(Struct):
    """OSRM's answer. None without a road. https://project-osrm.org/docs/v5.24.0/api/#table-service"""

    distances: list[list[float | None]]
    durations: list[list[float | None]]


def matrix_of(places: Sequence[Place], *, osrm_url: str = "") -> Matrix:
    """OSRM's matrix if there is a server and it answers, otherwise by the great circle."""
    if osrm_url:
        try:
            return osrm(places, osrm_url)
        except OsrmFailed as error:
            # Without the traceback, whose URL contains the customers' coordinates.
            log.warning("osrm_failed", extra={"reason": str(error), "cause": type(error.__cause__).__name__})
    return great_circle(places)


def great_circle(places: Sequence[Place]) -> Matrix:
    """Great-circle distances times a factor, driven at a constant speed."""
    distances = [[0] * len(places) for _ in places]
    for row, one in enumerate(places):
        for column in range(row):
            distances[row][column] = distances[column][row] = round(road_metres(one, places[column]))
    durations = [[min(ceil(metres / METRES_PER_SECOND), FOREVER) for metres in row] for row in distances]
    return Matrix("great_circle", distances, durations)


def osrm(
    places: Sequence[Place],
    url: str,
    *,
    read_seconds: float = _READ_SECONDS,
    budget_seconds: float = _BUDGET_SECONDS,
) -> Matrix:
    """The matrix by roads. url: base URL of `osrm-routed`. Raises OsrmFailed.

    read_seconds: the longest time without a byte; budget_seconds: for all requests together.
    """
    from requests import RequestException, Session  # noqa: PLC0415 — only where there is an OSRM
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    until = monotonic() + budget_seconds
    numbers = range(len(places))
    parts = [numbers[start : start + _MOST_PLACES] for start in range(0, len(places), _MOST_PLACES)]
    distances: Cells = [[] for _ in places]
    durations: Cells = [[] for _ in places]
    with Session() as session:
        # Ignores the environment's proxies and .netrc.
        session.trust_env = False
        # Read in chunks; with compression a chunk could be empty before the end.
        session.headers["Accept-Encoding"] = "identity"
        for rows in parts:
            for columns in parts:
                left = until - monotonic()
                if left <= 0:
                    raise OsrmFailed("it takes too long")
                asked = _address(url, places, rows, columns)
                patience = (min(_CONNECT_SECONDS, left), min(read_seconds, left))
                try:
                    with session.get(asked, timeout=patience, allow_redirects=False, stream=True) as answer:
                        content = _content(answer.raw, until)
                except (RequestException, HTTPError) as error:
                    raise OsrmFailed("it does not answer") from error
                table = _table(answer.status_code, content, len(rows), len(columns))
                for n, row in enumerate(rows):
                    distances[row] += [0 if each is None else round(each) for each in table.distances[n]]
                    durations[row] += [
                        FOREVER if each is None else min(ceil(each), FOREVER) for each in table.durations[n]
                    ]
    return Matrix("osrm", distances, durations)


def _address(url: str, places: Sequence[Place], rows: range, columns: range) -> str:
    """The URL for a block of the matrix, with that block's places only, because URLs have a limited length."""
    if rows == columns:
        named, which = list(rows), ""
    else:
        named = [*rows, *columns]
        from_, to = range(len(rows)), range(len(rows), len(named))
        which = f"&sources={';'.join(map(str, from_))}&destinations={';'.join(map(str, to))}"
    spots = ";".join(f"{places[n].longitude:.6f},{places[n].latitude:.6f}" for n in named)
    return f"{url}/table/v1/driving/{spots}?annotations=distance,duration&generate_hints=false{which}"


def _content(stream: Any, until: float) -> bytes:
    """The content of an answer, read at most until `until`, because the time-out of `requests` is per byte."""
    content = bytearray()
    while piece := stream.read1(_PIECE):
        content += piece
        if monotonic() > until:
            raise OsrmFailed("it takes too long")
        if len(content) > _MOST_BYTES:
            raise OsrmFailed("more than any table")
    return bytes(content)


def _table(status: int, content: bytes, rows: int, columns: int) -> _Table:
    if status != _OK:
        raise OsrmFailed(f"status {status}")
    try:
        table = msgspec.json.decode(content, type=_Table)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise OsrmFailed("no table") from error
    for cells in (table.distances, table.durations):
        if len(cells) != rows or any(len(row) != columns for row in cells):
            raise OsrmFailed("a table of another size")
        if any(each is not None and each < 0 for row in cells for each in row):
            raise OsrmFailed("less than nothing")
    return table
