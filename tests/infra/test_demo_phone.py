"""A driver's phone in the demo: the server accepts its positions."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from chalicelib.core.fields import Place
from chalicelib.core.geo import metres
from chalicelib.positions.fixes import HOPELESS_ACCURACY, Fix, believable, points
from chalicelib.routes.travel import METRES_PER_SECOND
from infra.local.demo.diary import Diary
from infra.local.demo.person import Person
from infra.local.demo.phone import Phone
from infra.local.demo.simulation import Clock, Script, Simulation
from infra.local.demo.ways import shifted, streets

DEPOT = Place(25.0335, 121.5434)
AWAY = shifted(DEPOT, 1_200, -900)


class Moment(Clock):
    """A clock that advances only during `sleep`."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Driver(Person):
    """Takes everything that is posted, and keeps it."""

    def __init__(self) -> None:
        self.posted: list[list[dict[str, Any]]] = []

    async def post(self, path: str, body: Any = None) -> Any:
        assert path == "/v1/drivers/me/location"
        self.posted.append(body if isinstance(body, list) else [body])
        return {"accepted": len(self.posted[-1]), "ignored": 0}

    def fixes(self) -> list[Fix]:
        return msgspec.convert([fix for batch in self.posted for fix in batch], list[Fix])


def driven(speed: float, no_signal: float = 0.0) -> tuple[Driver, Phone, Moment, Diary]:
    """A driver who has driven from the depot to a place and stands there."""
    driver, clock, diary = Driver(), Moment(), Diary()
    phone = Phone(driver, "陳大明", Simulation(Script(no_signal=no_signal), diary, clock), DEPOT)

    async def drive() -> None:
        await phone.drive(streets(DEPOT, AWAY), METRES_PER_SECOND * speed)
        for _ in range(20):
            await phone.stand(AWAY)

    asyncio.run(drive())
    return driver, phone, clock, diary


@pytest.mark.parametrize("speed", [1, 4, 6])
@pytest.mark.parametrize("no_signal", [0.0, 0.1])
def test_every_fix_of_a_drive_is_believed(speed: float, no_signal: float) -> None:
    driver, phone, clock, diary = driven(speed, no_signal)
    received = points(driver.fixes())
    assert believable(received, clock.now()) == received
    assert all(fix.accuracy is not None and fix.accuracy < HOPELESS_ACCURACY for fix in driver.fixes())
    assert diary.counts["positions taken"] == len(received)
    assert phone.place == AWAY
    assert metres(received[-1], AWAY) < 50


def test_a_driver_comes_as_far_as_the_speed_says() -> None:
    driver, *_ = driven(speed=4)
    fixes = [fix for fix in driver.fixes() if fix.speed]
    way = sum(metres(one, other) for one, other in pairwise(fixes))
    seconds = (fixes[-1].timestamp - fixes[0].timestamp).total_seconds()
    assert way / seconds == pytest.approx(4 * METRES_PER_SECOND, rel=0.1)
    assert {fix.speed for fix in fixes} == {4 * METRES_PER_SECOND}


def test_fixes_without_a_signal_are_sent_as_one_batch_in_order_of_time() -> None:
    driver, *_, diary = driven(speed=1, no_signal=0.05)
    batches = [batch for batch in driver.posted if len(batch) > 1]
    assert batches
    assert all(len(batch) >= 10 for batch in batches), "twenty seconds of a fix every two"
    times = [fix.timestamp for fix in driver.fixes()]
    assert times == sorted(set(times))
    assert diary.counts["positions that came in batches"] == sum(map(len, batches))
