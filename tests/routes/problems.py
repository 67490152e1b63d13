"""Route problems around a depot in Taipei, and checks of their solutions."""

from collections import Counter
from collections.abc import Iterator
from math import ceil
from random import Random

from chalicelib.core.fields import Place
from chalicelib.routes.drafts import MOST_STOPS
from chalicelib.routes.matrix import Matrix
from chalicelib.routes.problem import Problem, Solution, Stop, Tour, Vehicle

HOUR = 3600
DEPOT = Place(25.04, 121.55)
# Cylinders' weights with the gas in them, in grams, some orders with two.
_LOADS = (9_000, 22_000, 34_000, 38_000, 44_000, 76_000)


def a_day(seed: int, *, stops: int = 100, vehicles: int = 5, windows: bool = False) -> Problem:
    """Orders over a city, vehicles with a tenth of room to spare. windows: whether half of them have one."""
    chance = Random(seed)
    places = [DEPOT, *(Place(chance.gauss(25.04, 0.04), chance.gauss(121.55, 0.04)) for _ in range(stops))]
    asked = []
    for n in range(stops):
        window = None
        if windows and chance.random() < 0.5:
            opens = 8 * HOUR + chance.randrange(8) * HOUR
            window = opens, opens + chance.choice((2, 3)) * HOUR
        asked.append(Stop(n + 1, chance.choice(_LOADS), 300, window))
    capacity = ceil(1.1 * sum(stop.load for stop in asked) / vehicles)
    return Problem(places, asked, [Vehicle(0, 0, (8 * HOUR, 19 * HOUR), capacity)] * vehicles)


def wrong(problem: Problem, matrix: Matrix, solution: Solution) -> list[str]:
    """The mistakes in a solution; empty if it has none."""
    named = Counter(visit.stop for tour in solution.tours for visit in tour.visits)
    named.update(left.stop for left in solution.left)
    found = [] if named == Counter(range(len(problem.stops))) else [f"not each stop once: {named}"]
    if len({tour.vehicle for tour in solution.tours}) < len(solution.tours):
        found.append("a vehicle twice")
    return [*found, *(each for tour in solution.tours for each in _wrong_with(problem, matrix, tour))]


def _wrong_with(problem: Problem, matrix: Matrix, tour: Tour) -> Iterator[str]:
    vehicle = problem.vehicles[tour.vehicle]
    stops = [problem.stops[visit.stop] for visit in tour.visits]
    if not 0 < len(stops) <= MOST_STOPS:
        yield f"{len(stops)} stops"
    if tour.load != sum(stop.load for stop in stops):
        yield "load is no sum"
    if vehicle.capacity is not None and tour.load > vehicle.capacity:
        yield "too heavy"
    if tour.departure < vehicle.shift[0] or tour.finish > vehicle.shift[1]:
        yield "outside of the shift"
    ways = list(
        zip([vehicle.start, *(s.place for s in stops)], [*(s.place for s in stops), vehicle.end], strict=True)
    )
    if tour.distance != sum(matrix.distances[one][other] for one, other in ways):
        yield "distance is no sum"
    if tour.driving != sum(matrix.durations[one][other] for one, other in ways):
        yield "driving is no sum"
    clock = tour.departure
    for visit, stop, (one, other) in zip(tour.visits, stops, ways[:-1], strict=True):
        if visit.arrival != clock + matrix.durations[one][other]:
            yield f"stop {visit.stop}: arrives at {visit.arrival}"
        begins = visit.arrival + visit.waiting
        if visit.waiting < 0 or (stop.window and not stop.window[0] <= begins <= stop.window[1]):
            yield f"stop {visit.stop}: begins at {begins}"
        clock = begins + stop.service
    if tour.finish != clock + matrix.durations[ways[-1][0]][ways[-1][1]]:
        yield "finish is no sum"
