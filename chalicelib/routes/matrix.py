"""How far it is from each place to each other, and how long it takes: by the great circle, or by OSRM's table
service.

OSRM is asked by the function that solves, not by the API: whoever runs one runs it in a network of their own, and
only this function need be put into that; nor do 60,000 numbers travel with the problem.
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

# Longer than any shift: what is further away, or cut off, is reached by nobody. VROOM adds up what a matrix holds
# in 32 bits, so a place on another continent must not cost more.
FOREVER: Final = 10 * 24 * 3600

# A side of what `osrm-routed` answers at once, unless told otherwise (--max-table-size); it counts cells.
_MOST_PLACES: Final = 100
_CONNECT_SECONDS: Final = 1.0
_READ_SECONDS: Final = 3.0
# So that there is time left to solve and to answer.
_BUDGET_SECONDS: Final = 6.0
_OK: Final = 200
# Twenty times what the largest part takes.
_MOST_BYTES: Final = 4_000_000
_PIECE: Final = 65_536

Cells = list[list[int]]


class Matrix(Struct, frozen=True):
    """Of places in their order, by row from and by column to. distances: metres; durations: whole seconds."""

    source: MatrixSource
    distances: Cells
    durations: Cells


class OsrmFailed(RuntimeError):
    """OSRM did not answer, or not with a table."""


class _Table(Struct):
    """OSRM's answer. None where no road leads. https://project-osrm.org/docs/v5.24.0/api/#table-service"""

    distances: list[list[float | None]]
    durations: list[list[float | None]]


def matrix_of(places: Sequence[Place], *, osrm_url: str = "") -> Matrix:
    """OSRM's where there is one and it answers, else the great circle's."""
    if osrm_url:
        try:
            return osrm(places, osrm_url)
        except OsrmFailed as error:
            # Without the traceback: it ends with the address, which is where customers live.
            log.warning("osrm_failed", extra={"reason": str(error), "cause": type(error.__cause__).__name__})
    return great_circle(places)


def great_circle(places: Sequence[Place]) -> Matrix:
    """Roads as long as the crow's way times a factor, driven at one speed."""
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
    """The roads' own. url: of `osrm-routed`, up to its services. Raises OsrmFailed.

    read_seconds: without a byte; budget_seconds: for all parts together.
    """
    from requests import RequestException, Session  # noqa: PLC0415 — only where there is an OSRM
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    until = monotonic() + budget_seconds
    numbers = range(len(places))
    parts = [numbers[start : start + _MOST_PLACES] for start in range(0, len(places), _MOST_PLACES)]
    distances: Cells = [[] for _ in places]
    durations: Cells = [[] for _ in places]
    with Session() as session:
        # Not the environment's proxies, and no .netrc.
        session.trust_env = False
        # Read piece by piece, of which none may be empty before the end.
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
    """The question for a part of the matrix, with the places of that part only: addresses have their limit."""
    if rows == columns:
        named, which = list(rows), ""
    else:
        named = [*rows, *columns]
        from_, to = range(len(rows)), range(len(rows), len(named))
        which = f"&sources={';'.join(map(str, from_))}&destinations={';'.join(map(str, to))}"
    spots = ";".join(f"{places[n].longitude:.6f},{places[n].latitude:.6f}" for n in named)
    return f"{url}/table/v1/driving/{spots}?annotations=distance,duration&generate_hints=false{which}"


def _content(stream: Any, until: float) -> bytes:
    """All of an answer. Its timeout counts from byte to byte, so whoever sends few of them would have forever."""
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
