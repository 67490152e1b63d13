"""Tours: no stop forgotten, no vehicle overloaded, no window missed; the right reason for stops without a tour."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.fields import Place
from chalicelib.routes.matrix import great_circle
from chalicelib.routes.problem import Left, Problem, Solution, Stop, Vehicle
from chalicelib.routes.solver import solve
from tests.routes.problems import DEPOT, HOUR, a_day, wrong

# Ten minutes by the estimate, straight to the north.
NEAR = Place(25.04 + 0.0268, 121.55)
# A place that was entered as zeros.
NULL_ISLAND = Place(0.0, 0.0)
TRUCK = Vehicle(0, 0, (8 * HOUR, 18 * HOUR), 100_000)

moments = st.integers(0, 12 * HOUR)
spans = st.tuples(moments, moments).map(lambda pair: (min(pair), max(pair)))


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Few stops and vehicles with extreme values: exact capacities, odd time windows, two stops at one door."""
    places = draw(
        st.lists(st.builds(Place, st.floats(24.9, 25.2), st.floats(121.4, 121.7)), min_size=1, max_size=6)
    )
    place = st.integers(0, len(places) - 1)
    load, service = st.integers(0, 90_000), st.integers(0, HOUR)
    stops = st.builds(Stop, place, load, service, st.none() | spans)
    shifts = spans.filter(lambda span: span[0] < span[1])
    vehicles = st.builds(Vehicle, place, place, shifts, st.none() | st.integers(1, 200_000))
    return Problem(places, draw(st.lists(stops, max_size=8)), draw(st.lists(vehicles, min_size=1, max_size=3)))


def solved(problem: Problem) -> Solution:
    return solve(problem, great_circle(problem.places))


def one_stop(place: Place, *vehicles: Vehicle, **values: object) -> Solution:
    stop = Stop(**{"place": 1, "load": 20_000, "service": 300, **values})  # type: ignore[arg-type]
    return solved(Problem([DEPOT, place], [stop], list(vehicles)))


@given(problems())
def test_every_stop_is_served_once_within_all_limits_or_left(problem: Problem) -> None:
    matrix = great_circle(problem.places)
    assert wrong(problem, matrix, solve(problem, matrix)) == []


@given(problems())
def test_nothing_is_left_that_an_idle_vehicle_could_do(problem: Problem) -> None:
    solution = solved(problem)
    idle = set(range(len(problem.vehicles))) - {tour.vehicle for tour in solution.tours}
    for left in solution.left:
        for n in idle:
            alone = Problem(problem.places, [problem.stops[left.stop]], [problem.vehicles[n]])
            assert solved(alone).tours == [], left


@given(problems())
def test_stops_left_for_capacity_are_served_without_limits(problem: Problem) -> None:
    left = {each.stop for each in solved(problem).left if each.reason == "capacity"}
    roomy = [Vehicle(each.start, each.end, each.shift) for each in problem.vehicles]
    able = [stop for n, stop in enumerate(problem.stops) if n in left]
    if able:
        assert solved(Problem(problem.places, able, roomy)).tours


@pytest.mark.parametrize("seed", range(5))
def test_a_short_tour_is_as_short_as_any(seed: int) -> None:
    problem = a_day(seed, stops=6, vehicles=1)
    matrix = great_circle(problem.places)
    shortest = min(
        sum(matrix.durations[one][other] for one, other in zip((0, *way), (*way, 0), strict=True))
        for way in permutations(range(1, 7))
    )
    [tour] = solve(problem, matrix).tours
    assert tour.driving == shortest


@pytest.mark.parametrize("windows", [False, True])
def test_the_same_problem_has_the_same_solution(windows: bool) -> None:
    problem = a_day(1, stops=60, vehicles=4, windows=windows)
    assert solved(problem) == solved(problem)


def test_vehicles_start_and_end_at_their_given_places() -> None:
    home = Vehicle(1, 0, (8 * HOUR, 18 * HOUR), 100_000)
    [tour] = one_stop(NEAR, home).tours
    assert (tour.departure, tour.visits[0].arrival, tour.distance > 0) == (8 * HOUR, 8 * HOUR, True)


def test_a_vehicle_leaves_so_that_it_does_not_wait_before_its_first_stop() -> None:
    solution = one_stop(NEAR, TRUCK, window=(10 * HOUR, 11 * HOUR))
    [tour] = solution.tours
    assert tour.visits[0].arrival == 10 * HOUR
    assert tour.visits[0].waiting == 0
    assert 9 * HOUR < tour.departure < 10 * HOUR


def test_a_vehicle_waits_for_a_window_on_its_way() -> None:
    stops = [Stop(1, 0, 300, (8 * HOUR, 9 * HOUR)), Stop(1, 0, 300, (10 * HOUR, 11 * HOUR))]
    [tour] = solved(Problem([DEPOT, NEAR], stops, [TRUCK])).tours
    first, second = tour.visits
    assert second.arrival == first.arrival + 300
    assert second.arrival + second.waiting == 10 * HOUR


def test_vehicles_that_are_not_needed_stay() -> None:
    assert len(one_stop(NEAR, TRUCK, TRUCK, TRUCK).tours) == 1


@pytest.mark.parametrize(
    ("place", "vehicle", "values", "reason"),
    [
        (NEAR, TRUCK, {"load": 100_001}, "too_heavy"),
        (NULL_ISLAND, TRUCK, {}, "unreachable"),
        (NEAR, Vehicle(0, 0, (8 * HOUR, 8 * HOUR + 1200)), {}, "unreachable"),
        (NEAR, TRUCK, {"window": (0, 8 * HOUR)}, "time_window"),
        (NEAR, TRUCK, {"window": (18 * HOUR, 20 * HOUR)}, "time_window"),
    ],
)
def test_a_stop_that_no_vehicle_can_serve_is_left_with_its_reason(
    place: Place, vehicle: Vehicle, values: dict[str, object], reason: str
) -> None:
    assert one_stop(place, vehicle, **values).left == [Left(0, reason)]  # type: ignore[arg-type]


def test_the_light_vehicle_that_is_near_does_not_hide_that_the_heavy_one_is_late() -> None:
    light = Vehicle(1, 1, (8 * HOUR, 18 * HOUR), 1_000)
    heavy = Vehicle(0, 0, (8 * HOUR, 18 * HOUR))
    assert one_stop(NEAR, light, heavy, window=(8 * HOUR, 8 * HOUR + 60)).left == [Left(0, "time_window")]


def test_full_vehicles_leave_orders_for_want_of_room() -> None:
    stops = [Stop(1, 60_000, 300), Stop(1, 60_000, 300)]
    solution = solved(Problem([DEPOT, NEAR], stops, [TRUCK]))
    assert len(solution.tours) == 1
    assert [left.reason for left in solution.left] == ["capacity"]


def test_a_route_has_no_more_stops_than_can_be_committed() -> None:
    solution = solved(Problem([DEPOT, NEAR], [Stop(1, 0, 60)] * 90, [TRUCK]))
    assert [len(tour.visits) for tour in solution.tours] == [80]
    assert [left.reason for left in solution.left] == ["capacity"] * 10


def test_a_short_day_leaves_orders_for_want_of_time() -> None:
    solution = solved(Problem([DEPOT, NEAR], [Stop(1, 0, HOUR)] * 3, [Vehicle(0, 0, (0, 3 * HOUR))]))
    assert [len(tour.visits) for tour in solution.tours] == [2]
    assert [left.reason for left in solution.left] == ["no_time"]


def test_nothing_to_do_is_no_tour() -> None:
    assert solved(Problem([DEPOT], [], [TRUCK])) == Solution([], [], "great_circle")
