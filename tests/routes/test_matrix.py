"""Distances by the great circle, and by an OSRM server that works, fails partly or is missing."""

import io
import json
from collections.abc import Iterator
from math import ceil
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.fields import Place
from chalicelib.core.geo import metres
from chalicelib.routes.matrix import FOREVER, OsrmFailed, great_circle, matrix_of, osrm
from chalicelib.routes.problem import Left, Problem, Stop, Vehicle
from chalicelib.routes.solver import solve
from chalicelib.routes.travel import driving_seconds, road_metres
from tests.routes.osrm_server import DETOUR, METRES_PER_SECOND, Osrm, running_osrm

TAIPEI, TAOYUAN, KEELUNG = Place(25.0375, 121.5637), Place(24.9937, 121.3010), Place(25.1276, 121.7392)


@pytest.fixture
def server() -> Iterator[Osrm]:
    with running_osrm() as running:
        yield running


def grid(count: int) -> list[Place]:
    return [Place(round(25 + n // 20 / 100, 6), round(121.5 + n % 20 / 100, 6)) for n in range(count)]


def test_without_a_map_ways_are_the_estimate_of_the_arrivals() -> None:
    found = great_circle([TAIPEI, TAOYUAN])
    assert found.source == "great_circle"
    assert found.distances == [[0, round(road_metres(TAIPEI, TAOYUAN))], [round(road_metres(TAIPEI, TAOYUAN)), 0]]
    assert found.durations[0][1] - driving_seconds(TAIPEI, TAOYUAN) == pytest.approx(0.5, abs=0.6)


@given(st.lists(st.builds(Place, st.floats(-90, 90), st.floats(-180, 180)), max_size=5))
def test_any_places_on_earth_have_a_matrix_that_vroom_can_add_up(places: list[Place]) -> None:
    found = great_circle(places)
    for cells in (found.distances, found.durations):
        assert [len(row) for row in cells] == [len(places)] * len(places)
        assert all(cells[n][n] == 0 for n in range(len(places)))
    assert all(0 <= each <= FOREVER for row in found.durations for each in row)


def test_roads_are_asked_for_where_there_is_a_map(server: Osrm) -> None:
    found = matrix_of([TAIPEI, TAOYUAN], osrm_url=server.url)
    way = round(DETOUR * metres(TAIPEI, TAOYUAN), 1)
    assert found.source == "osrm"
    assert found.distances == [[0, round(way)], [round(way), 0]]
    assert found.durations[0][1] == ceil(way / METRES_PER_SECOND)
    [asked] = server.asked
    assert asked.startswith("/table/v1/driving/121.563700,25.037500;121.301000,24.993700?annotations=")


@pytest.mark.parametrize(("count", "parts"), [(100, 1), (101, 4), (241, 9)])
def test_many_places_are_asked_for_in_parts_that_osrm_takes(server: Osrm, count: int, parts: int) -> None:
    places = grid(count)
    found = osrm(places, server.url)
    assert len(server.asked) == parts
    assert max(map(len, server.asked)) < 8_000, "longer addresses are refused on the way"
    for one, other in ((0, 1), (0, count - 1), (count - 1, 0), (count // 2, count - 2)):
        assert found.distances[one][other] == round(round(DETOUR * metres(places[one], places[other]), 1))
    assert [len(row) for row in found.durations] == [count] * count


def test_no_vehicle_is_sent_to_an_unreachable_place(server: Osrm) -> None:
    server.islands = {KEELUNG}
    places = [TAIPEI, TAOYUAN, KEELUNG]
    found = osrm(places, server.url)
    assert found.durations[0][2] == found.durations[2][0] == FOREVER
    problem = Problem(places, [Stop(1, 0, 0), Stop(2, 0, 0)], [Vehicle(0, 0, (0, 24 * 3600))])
    solution = solve(problem, found)
    assert solution.left == [Left(1, "unreachable")]
    assert [visit.stop for tour in solution.tours for visit in tour.visits] == [0]


TABLES = {
    "no segment near": (400, b'{"code": "NoSegment"}'),
    "down": (502, b"Bad Gateway"),
    "moved": (301, b""),
    "no json": (200, b"<html>"),
    "no table": (200, b'{"code": "Ok"}'),
    "no distances": (200, b'{"code": "Ok", "durations": [[0, 1], [1, 0]]}'),
    "too small": (200, b'{"durations": [[0]], "distances": [[0]]}'),
    "ragged": (200, b'{"durations": [[0, 1], [1]], "distances": [[0, 1], [1, 0]]}'),
    "negative": (200, b'{"durations": [[0, -1], [1, 0]], "distances": [[0, 1], [1, 0]]}'),
    "text": (200, b'{"durations": [["0", 1], [1, 0]], "distances": [[0, 1], [1, 0]]}'),
    "no utf-8": (200, b'{"durations": "\xff"}'),
}


@pytest.mark.parametrize("answer", TABLES.values(), ids=TABLES.keys())
def test_a_map_that_answers_badly_is_done_without(
    server: Osrm, answer: tuple[int, bytes], logged: io.StringIO
) -> None:
    server.answer = answer
    assert matrix_of([TAIPEI, TAOYUAN], osrm_url=server.url) == great_circle([TAIPEI, TAOYUAN])
    line = json.loads(logged.getvalue().splitlines()[-1])
    assert (line["message"], line["level"]) == ("osrm_failed", "WARNING")
    assert line["reason"]


def test_a_map_that_is_not_there_is_done_without_and_no_address_is_logged(logged: io.StringIO) -> None:
    assert matrix_of([TAIPEI, TAOYUAN], osrm_url="http://127.0.0.1:1").source == "great_circle"
    assert '"cause":"ConnectionError"' in logged.getvalue()
    assert str(TAIPEI.latitude) not in logged.getvalue()


@pytest.mark.parametrize("url", ["nonsense", "http://", "ftp://127.0.0.1"])
def test_an_invalid_map_url_means_straight_lines(url: str) -> None:
    assert matrix_of([TAIPEI, TAOYUAN], osrm_url=url).source == "great_circle"


def test_a_silent_map_service_is_not_waited_for(server: Osrm) -> None:
    server.stalls = True
    with pytest.raises(OsrmFailed, match="does not answer"):
        osrm([TAIPEI, TAOYUAN], server.url, read_seconds=0.1)


def test_a_map_that_answers_byte_by_byte_has_no_more_time_than_others(server: Osrm) -> None:
    server.drips = True
    server.answer = (200, b" " * 500)
    began = monotonic()
    with pytest.raises(OsrmFailed, match="too long"):
        osrm([TAIPEI, TAOYUAN], server.url, budget_seconds=0.3)
    assert monotonic() - began < 3, "ten seconds to the last byte"


def test_a_map_that_does_not_stop_answering_is_done_without(server: Osrm) -> None:
    server.answer = (200, b" " * 5_000_000)
    with pytest.raises(OsrmFailed, match="more than any table"):
        osrm([TAIPEI, TAOYUAN], server.url)


def test_parts_have_their_time_together(server: Osrm) -> None:
    with pytest.raises(OsrmFailed, match="too long"):
        osrm(grid(101), server.url, budget_seconds=0)
    assert server.asked == []
