"""Which fixes of a phone are plausible."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.clock import wire
from chalicelib.positions.fixes import Point, believable, can_follow, packed, unpacked

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
TAIPEI, KAOHSIUNG = (25.03, 121.56), (22.62, 120.30)


def point(seconds: float, place: tuple[float, float] = TAIPEI, **values: float) -> Point:
    """A point so many seconds before now."""
    return Point(wire(NOW - timedelta(seconds=seconds)), *place, **values)


def test_a_way_is_believed_in_the_order_of_time() -> None:
    way = [point(30), point(20, (25.031, 121.56)), point(10, (25.032, 121.56))]
    assert believable([way[2], way[0], way[1]], NOW) == way


def test_repeated_fixes_are_stored_once() -> None:
    assert believable([point(10), point(10)], NOW) == [point(10)]


def test_yesterday_and_the_future_are_not_believed() -> None:
    assert believable([point(24 * 3600 + 1), point(-61), point(-59)], NOW) == [point(-59)]


def test_a_receiver_that_knows_nothing_is_not_believed() -> None:
    assert believable([point(10, accuracy=501.0), point(5, accuracy=500.0)], NOW) == [point(5, accuracy=500.0)]


def test_a_jump_across_the_island_and_back_is_dropped_wherever_it_is() -> None:
    home = [point(40), point(30), point(10)]
    for jump in (point(45, KAOHSIUNG), point(20, KAOHSIUNG), point(5, KAOHSIUNG)):
        assert believable([*home, jump], NOW) == home


def test_a_driver_can_be_far_away_after_an_hour_in_a_tunnel() -> None:
    way = [point(2 * 3600, KAOHSIUNG), point(0)]
    assert believable(way, NOW) == way


places = st.tuples(st.floats(21.9, 25.3), st.floats(120.0, 122.0))
some_points = st.lists(st.builds(point, st.integers(-120, 100_000), places), max_size=20)


@given(some_points)
def test_accepted_points_were_reported_and_can_have_been_driven(reported: list[Point]) -> None:
    way = believable(reported, NOW)
    assert set(way) <= set(reported)
    assert all(one.at < other.at and can_follow(one, other) for one, other in pairwise(way))


@given(some_points)
def test_points_are_stored_exactly(reported: list[Point]) -> None:
    assert unpacked(packed(reported)) == reported
