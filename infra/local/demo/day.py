"""Simulates the day of a gas business and of a restaurant over the API."""

import asyncio
from typing import Any

from aiohttp import ClientSession

from chalicelib.core.fields import Place
from infra.local.demo.driver import Driver
from infra.local.demo.office import Office
from infra.local.demo.person import DemoFailed, Person
from infra.local.demo.restaurant import Restaurant
from infra.local.demo.simulation import Simulation


async def live(described: dict[str, Any], simulation: Simulation) -> None:
    """Returns when all orders are delivered and served. described: stack.json's content. Raises DemoFailed."""
    try:
        async with ClientSession() as http, asyncio.TaskGroup() as tasks:
            await _begin(tasks, _Cast(http, described), simulation)
    except ExceptionGroup as group:
        failed, others = group.split(DemoFailed)
        if failed is None or others is not None:
            raise
        raise failed.exceptions[0] from group


class _Cast:
    """The people of stack.json."""

    def __init__(self, http: ClientSession, described: dict[str, Any]) -> None:
        self._http = http
        self._url: str = described["rest_url"]
        self._logins: list[dict[str, Any]] = described["logins"]

    async def all(self, role: str, kind: str = "delivery") -> list[tuple[Person, Any]]:
        """The people with a role in a kind of tenant, signed in, each with the answer of `/v1/auth/me`."""
        found = []
        for login in self._logins:
            if (login["role"], login["kind"]) == (role, kind):
                person = await Person.signing_in(self._http, self._url, login)
                found.append((person, await person.get("/v1/auth/me")))
        return found


async def _begin(tasks: asyncio.TaskGroup, cast: _Cast, simulation: Simulation) -> None:
    closed = asyncio.Event()
    staff = await cast.all("office_staff")
    if not staff:
        raise DemoFailed("stack.json has no office user.")
    person, me = staff[0]
    drivers = {}
    for driver, found in await cast.all("driver"):
        row = await driver.get(f"/v1/drivers/{found['driver_id']}")
        drivers[row["id"]] = row["name"]
        last = row["last_position"]
        place = last and Place(last["latitude"], last["longitude"])
        tasks.create_task(Driver(driver, row["name"], place, person, simulation).work(closed))
    office = Office(person, me, drivers, simulation)
    await office.open()
    tasks.create_task(office.answer_the_phone())
    tasks.create_task(office.work(closed))
    for kitchen, _ in await cast.all("office_staff", "table"):
        restaurant = Restaurant(kitchen, simulation)
        tasks.create_task(restaurant.receive_guests(closed))
        tasks.create_task(restaurant.cook(closed))
