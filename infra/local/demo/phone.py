"""A driver's phone: sends inaccurate positions every few seconds, sometimes without a signal."""

from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.core.clock import wire
from chalicelib.core.fields import Place
from infra.local.demo.person import Person
from infra.local.demo.simulation import Simulation
from infra.local.demo.ways import Way, shifted

EVERY: Final = 2.0
# A receiver's error in a street, metres: one standard deviation.
_NOISE: Final = 4.0
_NO_SIGNAL: Final = timedelta(seconds=20)
# The API's limit for one request.
_MOST_FIXES: Final = 100


class Phone:
    """place: its position; None before the first."""

    def __init__(self, driver: Person, name: str, simulation: Simulation, place: Place | None = None) -> None:
        self.place = place
        self._driver = driver
        self._clock = simulation.clock
        self._counts = simulation.diary.counts
        self._no_signal = simulation.script.no_signal
        self._dice = simulation.dice(f"{name}'s phone")
        self._silent_until: datetime | None = None
        self._unsent: list[dict[str, Any]] = []

    async def drive(self, way: Way, metres_per_second: float) -> None:
        """Returns at the end of the way."""
        began, driven = self._clock.now(), 0.0
        while driven < way.metres:
            await self._clock.sleep(EVERY)
            driven = metres_per_second * (self._clock.now() - began).total_seconds()
            self.place, heading = way.at(driven)
            await self._report_position(self.place, metres_per_second, heading)

    async def stand(self, place: Place) -> None:
        """Stays at a place for the time between two positions."""
        self.place = place
        await self._clock.sleep(EVERY)
        await self._report_position(place, 0.0, None)

    async def _report_position(self, place: Place, speed: float, heading: float | None) -> None:
        now, dice = self._clock.now(), self._dice
        seen = shifted(place, dice.gauss(0, _NOISE), dice.gauss(0, _NOISE))
        fix = {
            "latitude": seen.latitude,
            "longitude": seen.longitude,
            "timestamp": wire(now),
            "speed": speed,
            "heading": heading,
            "accuracy": round(dice.uniform(_NOISE, 3 * _NOISE), 1),
        }
        self._unsent = [*self._unsent, fix][-_MOST_FIXES:]
        if self._silent_until is None and dice.random() < self._no_signal:
            self._silent_until = now + _NO_SIGNAL
        if self._silent_until is None or now >= self._silent_until:
            self._silent_until = None
            await self._post()

    async def _post(self) -> None:
        fixes, self._unsent = self._unsent, []
        taken = await self._driver.post("/v1/drivers/me/location", fixes if len(fixes) > 1 else fixes[0])
        self._counts["positions taken"] += taken["accepted"]
        self._counts["positions ignored"] += taken["ignored"]
        self._counts["positions that came in batches"] += len(fixes) if len(fixes) > 1 else 0
