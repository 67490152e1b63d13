"""The route problem and its solution as plain numbers, for a function that reads no table.

Times are whole seconds since a common moment, loads grams, distances metres. Places, stops and vehicles are
referred to by their index in their lists.
"""

from typing import Literal

from msgspec import Struct

from chalicelib.core.fields import Place

MatrixSource = Literal["great_circle", "osrm"]

# Why a stop is on no tour; solver.py defines each.
WhyLeft = Literal["too_heavy", "unreachable", "time_window", "capacity", "no_time"]


class Stop(Struct, frozen=True):
    """A delivery. service: its duration in seconds; window: the first and last second at which it may start."""

    place: int
    load: int
    service: int
    window: tuple[int, int] | None = None


class Vehicle(Struct, frozen=True):
    """start, end: places. shift: when it may leave and must be at its end. capacity: None for any load."""

    start: int
    end: int
    shift: tuple[int, int]
    capacity: int | None = None


class Problem(Struct, frozen=True):
    """A route problem."""

    places: list[Place]
    stops: list[Stop]
    vehicles: list[Vehicle]


class Visit(Struct, frozen=True):
    """The arrival of a tour at a stop, and how long it waits there for the stop's window."""

    stop: int
    arrival: int
    waiting: int


class Tour(Struct, frozen=True):
    """The tour of one vehicle. driving: seconds on the road."""

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
    """Every stop once, on a tour or in `left`. Vehicles without stops have no tour."""

    tours: list[Tour]
    left: list[Left]
    matrix: MatrixSource
