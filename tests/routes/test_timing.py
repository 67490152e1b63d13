"""Estimates of a driver's arrivals."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.core.fields import Place
from chalicelib.core.geo import metres
from chalicelib.routes.timing import Halt, arrivals
from chalicelib.routes.travel import METRES_PER_SECOND, ROAD_FACTOR

START = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
DEPOT, FIRST, SECOND = Place(25.03, 121.56), Place(25.04, 121.56), Place(25.04, 121.57)
FIVE = timedelta(minutes=5)


def minutes(one: Place, other: Place) -> float:
    return ROAD_FACTOR * metres(one, other) / METRES_PER_SECOND / 60


def test_the_way_and_the_stay_add_up() -> None:
    first, second = arrivals(START, DEPOT, [Halt(FIRST, FIVE), Halt(SECOND, FIVE)])
    assert first is not None
    assert second is not None
    assert (first - START).total_seconds() / 60 == pytest.approx(minutes(DEPOT, FIRST))
    assert (second - first).total_seconds() / 60 == pytest.approx(5 + minutes(FIRST, SECOND))


def test_a_degree_of_latitude_is_111_kilometres() -> None:
    assert metres(Place(25.0, 121.5), Place(26.0, 121.5)) == pytest.approx(111_195, abs=1)


def test_a_place_that_is_not_known_has_no_time_and_is_no_detour() -> None:
    known, unknown, after = arrivals(START, DEPOT, [Halt(FIRST, FIVE), Halt(None, FIVE), Halt(SECOND, FIVE)])
    assert unknown is None
    assert after == arrivals(START, DEPOT, [Halt(FIRST, 2 * FIVE), Halt(SECOND, FIVE)])[1]
    assert known == arrivals(START, DEPOT, [Halt(FIRST, FIVE)])[0]


def test_without_a_depot_the_first_place_is_where_it_begins() -> None:
    assert arrivals(START, None, [Halt(FIRST, FIVE)]) == [START]


def test_only_the_first_leg_is_driven_as_fast_as_now() -> None:
    slow = arrivals(START, DEPOT, [Halt(FIRST, FIVE), Halt(SECOND, FIVE)])
    fast = arrivals(START, DEPOT, [Halt(FIRST, FIVE), Halt(SECOND, FIVE)], first_leg=2 * METRES_PER_SECOND)
    assert all(each is not None for each in (*slow, *fast))
    assert (fast[0] - START) * 2 == slow[0] - START  # type: ignore[operator]
    assert fast[1] - fast[0] == slow[1] - slow[0]  # type: ignore[operator]
