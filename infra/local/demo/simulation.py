"""The shared objects of the demo: its script, the clock, random numbers, and the diary."""

import asyncio
import random
from datetime import datetime

from msgspec import Struct, field

from chalicelib.core.clock import now
from infra.local.demo.diary import Diary


class Script(Struct, frozen=True, kw_only=True):
    """speed: drivers drive so many times faster than the server expects; at most 8, because it accepts 216 km/h.

    calls: so many customers order, one every `between_calls` seconds. customers: ids of those who order and whose
    orders the demo delivers; by default all with coordinates. away: the share of customers who are not at home at
    first. no_signal: the probability that positions of the next 20 seconds are sent later, as a batch. seed: of
    all random numbers.
    """

    speed: float = 4.0
    calls: int = 6
    between_calls: float = 30.0
    customers: frozenset[str] | None = None
    away: float = 1 / 10
    no_signal: float = 1 / 100
    seed: int = 7


class Clock:
    """Real time. A test may pass a faster clock, because the server accepts phones' clocks within limits."""

    def now(self) -> datetime:
        """The instant by a phone's clock, UTC."""
        return now()

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        await asyncio.sleep(seconds)


class Simulation(Struct, frozen=True):
    """The objects that all people of the demo share."""

    script: Script
    diary: Diary
    clock: Clock = field(default_factory=Clock)

    def dice(self, whose: str) -> random.Random:
        """The random numbers of one person, independent of the other people."""
        return random.Random(f"{self.script.seed} {whose}")  # noqa: S311 — the same chances again
