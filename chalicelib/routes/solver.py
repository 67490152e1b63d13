"""Computes tours with VROOM, and why a stop is on none.

VROOM serves as many stops as possible with the least driving. It decides the vehicle and the sequence of the
stops. This module computes the times, with each arrival as early as possible: VROOM's own tours leave as late as
the windows allow, without any reserve.
"""

import os
import sys
from functools import cache
from itertools import chain
from types import ModuleType
from typing import Any, Final

from chalicelib.routes.drafts import MOST_STOPS
from chalicelib.routes.matrix import Matrix
from chalicelib.routes.problem import Left, Problem, Solution, Stop, Tour, Vehicle, Visit, WhyLeft

# (most stops, VROOM's exploration level from 0 to 5).
# The cost of each level: docs/decisions/0023-vroom-runs-in-its-own-function.md.
_EXPLORATION: Final = ((100, 5), (sys.maxsize, 3))

_PROFILE: Final = "car"


def solve(problem: Problem, matrix: Matrix) -> Solution:
    """The best tours found, the same ones for the same problem. A stop without a tour has the first reason that
    holds:

    too_heavy    no vehicle may carry it, even without other loads;
    unreachable  no vehicle that may carry it could serve it alone and be back in time;
    time_window  one could, but not within the stop's window;
    capacity     the vehicles are full: without limits of load and stops it would be served;
    no_time      the vehicles have no time left.
    """
    stops = range(len(problem.stops))
    why: dict[int, WhyLeft] = {}
    for n in stops:
        impossible = _reason_impossible(problem.stops[n], problem.vehicles, matrix)
        if impossible:
            why[n] = impossible
    hopeful = [n for n in stops if n not in why]
    tours = _tours(problem, matrix, hopeful)
    missing = set(hopeful).difference(*tours.values())
    if missing:
        unlimited = _tours(problem, matrix, hopeful, limited=False)
        served = set(chain.from_iterable(unlimited.values()))
        why |= {n: "capacity" if n in served else "no_time" for n in missing}
    return Solution(
        tours=[_timed(problem, matrix, vehicle, order) for vehicle, order in sorted(tours.items())],
        left=[Left(n, reason) for n, reason in sorted(why.items())],
        matrix=matrix.source,
    )


def _reason_impossible(stop: Stop, vehicles: list[Vehicle], matrix: Matrix) -> WhyLeft | None:
    """Why no vehicle can serve the stop even without other stops; None if one can."""
    able = [each for each in vehicles if each.capacity is None or stop.load <= each.capacity]
    if not able:
        return "too_heavy"
    if not any(_can_serve(each, stop, None, matrix) for each in able):
        return "unreachable"
    if not any(_can_serve(each, stop, stop.window, matrix) for each in able):
        return "time_window"
    return None


def _can_serve(vehicle: Vehicle, stop: Stop, window: tuple[int, int] | None, matrix: Matrix) -> bool:
    """Whether a vehicle without other stops can be there within the window, and back before its shift ends."""
    begin = vehicle.shift[0] + matrix.durations[vehicle.start][stop.place]
    if window is not None:
        begin = max(begin, window[0])
        if begin > window[1]:
            return False
    return begin + stop.service + matrix.durations[stop.place][vehicle.end] <= vehicle.shift[1]


def _tours(problem: Problem, matrix: Matrix, stops: list[int], *, limited: bool = True) -> dict[int, list[int]]:
    """The stops of each vehicle that has any, in order. limited: with the limits of loads and numbers of stops."""
    if not stops:
        return {}
    vroom = _vroom()
    total = sum(problem.stops[n].load for n in stops)
    problem_input = vroom.Input()
    problem_input.set_durations_matrix(_PROFILE, matrix.durations)
    problem_input.add_vehicle(
        [
            vroom.Vehicle(
                n,
                start=vehicle.start,
                end=vehicle.end,
                profile=_PROFILE,
                capacity=[vehicle.capacity if limited and vehicle.capacity is not None else total],
                time_window=vehicle.shift,
                max_tasks=MOST_STOPS if limited else len(stops),
            )
            for n, vehicle in enumerate(problem.vehicles)
        ]
    )
    problem_input.add_job(
        [
            vroom.Job(
                n,
                location=stop.place,
                service=stop.service,
                delivery=[stop.load],
                time_windows=[stop.window] if stop.window else (),
            )
            for n in stops
            for stop in (problem.stops[n],)
        ]
    )
    level = next(level for most, level in _EXPLORATION if len(stops) <= most)
    # The number of threads changes only the time, not the result.
    found = problem_input.solve(exploration_level=level, nb_threads=os.cpu_count() or 1).to_dict()
    return {
        route["vehicle"]: [step["id"] for step in route["steps"] if step["type"] == "job"]
        for route in found["routes"]
    }


def _timed(problem: Problem, matrix: Matrix, number: int, order: list[int]) -> Tour:
    """The tour with its times. It starts at once, or later if it would wait for its first stop's window."""
    vehicle, first = problem.vehicles[number], problem.stops[order[0]]
    departure = vehicle.shift[0]
    if first.window is not None:
        departure = max(departure, first.window[0] - matrix.durations[vehicle.start][first.place])
    clock, place, distance, driving = departure, vehicle.start, 0, 0
    visits = []
    for n in order:
        stop = problem.stops[n]
        way = matrix.durations[place][stop.place]
        clock, driving, distance = clock + way, driving + way, distance + matrix.distances[place][stop.place]
        waiting = max(0, stop.window[0] - clock) if stop.window is not None else 0
        visits.append(Visit(n, clock, waiting))
        clock, place = clock + waiting + stop.service, stop.place
    way = matrix.durations[place][vehicle.end]
    return Tour(
        vehicle=number,
        departure=departure,
        finish=clock + way,
        distance=distance + matrix.distances[place][vehicle.end],
        driving=driving + way,
        load=sum(problem.stops[n].load for n in order),
        visits=visits,
    )


@cache
def _vroom() -> Any:
    """VROOM. pyvroom imports pandas for a table that we do not use: 84 MB, and most of a cold start."""
    stub = ModuleType("pandas")
    stub.__dict__["DataFrame"] = object
    ours = sys.modules.setdefault("pandas", stub) is stub
    try:
        import vroom  # noqa: PLC0415 — in this function's layer only
    finally:
        if ours:
            del sys.modules["pandas"]
    return vroom
