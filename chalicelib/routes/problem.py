"""Which vehicle goes where, as a problem and its solution: plain numbers, for a function that reads no table.

Times are whole seconds from any one moment on, loads grams, distances metres. Places, stops and vehicles are named
by where they stand in their lists.
"""

from typing import Literal

from msgspec import Struct

from chalicelib.core.fields import Place

MatrixSource = Literal["great_circle", "osrm"]

# Why a stop is on no tour; solver.py says how each is found out.
WhyLeft = Literal["too_heavy", "unreachable", "time_window", "capacity", "no_time"]


class Stop(Struct, frozen=True):
    """Somewhere to deliver. service: seconds that it takes; window: first and last at which it may begin."""

    place: int
    load: int
    service: int
    window: tuple[int, int] | None = None


class Vehicle(Struct, frozen=True):
    """start, end: places. shift: when it may leave, and has to be at its end. capacity: None for any load."""

    start: int
    end: int
    shift: tuple[int, int]
    capacity: int | None = None


class Problem(Struct, frozen=True):
    """What is to be solved."""

    places: list[Place]
    stops: list[Stop]
    vehicles: list[Vehicle]


class Visit(Struct, frozen=True):
    """When a tour comes to a stop, and how long it waits there for the stop's window."""

    stop: int
    arrival: int
    waiting: int


class Tour(Struct, frozen=True):
    """What one vehicle does. driving: seconds on the road."""

    vehicle: int
    departure: int
    finish: int
    distance: int
    driving: int
    load: int
    visits: list[Visit]


class Left(Struct, frozen=True):
    """A stop that is on no tour."""

    stop: int
    reason: WhyLeft


class Solution(Struct, frozen=True):
    """Every stop once, on a tour or left; vehicles without a tour stay where they are."""

    tours: list[Tour]
    left: list[Left]
    matrix: MatrixSource
