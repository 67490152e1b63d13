"""Ways through a city: the position is on the way, and the heading points along it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.fields import Place
from chalicelib.core.geo import metres
from infra.local.demo.ways import Way, bearing, shifted, streets

DEPOT = Place(25.0335, 121.5434)
places = st.builds(shifted, st.just(DEPOT), st.floats(-9_000, 9_000), st.floats(-9_000, 9_000))


def test_a_way_begins_and_ends_where_it_should_and_goes_no_further() -> None:
    end = shifted(DEPOT, 300, 400)
    way = streets(DEPOT, end)
    assert way.metres == pytest.approx(700, rel=0.001)
    for before in (-5.0, 0.0):
        assert way.at(before)[0] == DEPOT
    for after in (way.metres, way.metres + 1_000):
        assert way.at(after)[0] == end


def test_the_heading_of_a_driving_driver_is_along_the_street() -> None:
    way = streets(DEPOT, shifted(DEPOT, -300, 400))
    headings = [way.at(driven)[1] for driven in (100, 199, 201, 499, 501, 2_000)]
    assert headings == pytest.approx([90, 90, 180, 180, 90, 90], abs=0.1)


@pytest.mark.parametrize(
    ("north", "east", "heading"), [(1, 0, 0), (0, 1, 90), (-1, 0, 180), (0, -1, 270), (1, 1, 45)]
)
def test_headings_go_clockwise_from_north(north: float, east: float, heading: float) -> None:
    assert bearing(DEPOT, shifted(DEPOT, 500 * north, 500 * east)) == pytest.approx(heading, abs=0.1)


def test_a_way_to_the_present_place_has_no_length() -> None:
    way = streets(DEPOT, DEPOT)
    assert way.metres == 0
    assert way.at(10) == (DEPOT, 0.0)


@given(start=places, end=places, shares=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_two_positions_on_a_way_are_at_most_the_driven_distance_apart(
    start: Place, end: Place, shares: tuple[float, float]
) -> None:
    way = streets(start, end)
    first, second = sorted(share * way.metres for share in shares)
    # A street along a parallel is hardly longer than the great circle within a city.
    assert metres(way.at(first)[0], way.at(second)[0]) <= (second - first) * 1.001 + 0.01
    assert metres(start, end) * 0.999 <= way.metres <= 2**0.5 * metres(start, end) * 1.01 + 0.01


def test_a_way_of_one_corner_stays_there() -> None:
    assert Way((DEPOT,)).at(50) == (DEPOT, 0.0)
