"""What everybody in the demo shares: what kind of day it is, the time, chance, and who writes everything down."""

import asyncio
import random
from datetime import datetime

from msgspec import Struct, field

from chalicelib.core.clock import now
from infra.local.demo.diary import Diary


class Script(Struct, frozen=True, kw_only=True):
    """speed: how many times as fast as the server expects drivers drive; it believes 216 km/h, so up to 8 times.

    calls: so many customers call, one every `between_calls` seconds. customers: ids of those who do, and whose
    orders are the demo's to deliver; everybody whose place is known unless said. away: the share of doors that
    stay shut at first. no_signal: how likely a position is the first of 20 seconds of them that come later, as a
    batch. seed: of all chance.
    """

    speed: float = 4.0
    calls: int = 6
    between_calls: float = 30.0
    customers: frozenset[str] | None = None
    away: float = 1 / 10
    no_signal: float = 1 / 100
    seed: int = 7


class Clock:
    """Real time. The server takes phones' clocks as they are, within limits; a test may bring one that hurries."""

    def now(self) -> datetime:
        """The instant by a phone's clock, UTC."""
        return now()

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        await asyncio.sleep(seconds)


class Stage(Struct, frozen=True):
    """Where the day is played."""

    script: Script
    diary: Diary
    clock: Clock = field(default_factory=Clock)

    def dice(self, whose: str) -> random.Random:
        """Everybody's own, so that what one does changes nobody else's chance."""
        return random.Random(f"{self.script.seed} {whose}")  # noqa: S311 — the same chances again
