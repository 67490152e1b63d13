"""The fifty clients: staff of two businesses, drivers, customers, displays, and a guest at each table.

Every client has a journal file. Its first line, `client`, says who it is: so the auditor knows what the client may
receive.
"""

import asyncio
import random
import secrets
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession

from tests.proof.black_box.journal import Journal, JournalFile
from tests.proof.black_box.poller import Poller
from tests.proof.black_box.rest import Json, Person
from tests.proof.black_box.sockets import Listed, Socket

STAFF_FORMATS = ("standard", "standard", "flat")
KITCHEN_FORMATS = ("restaurant", "standard", "restaurant")
CUSTOMER_FORMATS = ("standard", "standard", "standard", "flat") * 2
DRIVER_FORMATS = ("standard", "standard", "standard", "standard", "flat")
TABLES = 10
PASSWORD = "proof-from-outside"


@dataclass
class World:
    """All that people need: addresses, the journal, random numbers, and the tasks that run.

    sms: the texts that phones receive. closing: no new orders; people finish what they have begun.
    """

    info: Json
    http: ClientSession
    journal: Journal
    seed: int
    tasks: asyncio.TaskGroup
    running: "list[asyncio.Task[None]]" = field(default_factory=list)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    sms: "asyncio.Queue[str]" = field(default_factory=asyncio.Queue)
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    listeners: dict[str, Socket | Poller] = field(default_factory=dict)

    def run(self, forever: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Runs it until the end of the run. If it fails, all people end."""
        self.running.append(self.tasks.create_task(forever))
        return self.running[-1]

    def dice(self, name: str) -> random.Random:
        return random.Random(f"{self.seed} {name}")

    async def pause(self, dice: random.Random, shortest: float, longest: float) -> None:
        """Waits; hardly while closing."""
        seconds = dice.uniform(shortest, longest)
        if not self.closing.is_set():
            try:
                async with asyncio.timeout(seconds):
                    await self.closing.wait()
            except TimeoutError:
                return
        await asyncio.sleep(0.2)

    def person(self, name: str, login: Json | None = None, token: str | None = None) -> Person:
        url = self.info["rest_url"]
        return Person(
            name,
            self.http,
            url,
            self.journal.of(f"rest-{name}"),
            self.dice(f"rest {name}"),
            login=login,
            token=token,
        )

    async def seeded(self, role: str, kind: str, which: int = 0) -> Person:
        """A person with a login of stack.json, signed in."""
        logins = [login for login in self.info["logins"] if login["role"] == role and login["kind"] == kind]
        login = logins[which]
        person = self.person(login["username"].split("@")[0], _credentials(login))
        await person.sign_in()
        return person

    async def hire(self, admin: Person, name: str, role: str, **ids: str) -> Person:
        """A new user of the admin's business, signed in with a password of their own."""
        login = {"username": f"{name}-{secrets.token_hex(4)}@proof.example", "password": f"{PASSWORD}-first"}
        # No journal: the body has a password.
        await admin.once("POST", "/v1/users", {**login, "name": name, "role": role, **ids})
        person = self.person(name, login)
        await person.sign_in()
        if role == "office_staff":
            change = {"current_password": login["password"], "new_password": PASSWORD}
            await person.once("POST", "/v1/auth/password", change)
            login["password"] = PASSWORD
            await person.sign_in()
        return person

    def open_file(self, name: str, person: Person, format_: str, **who: Any) -> JournalFile:
        """The journal of a client, with its first line. who: further fields of this line."""
        file = self.journal.of(f"socket-{name}")
        me = {"role": person.me.get("role"), "user_id": person.me.get("id"), "tenant": person.tenant}
        ids = {key: person.me.get(key) for key in ("driver_id", "customer_id")}
        file.write("client", client=name, format=format_, **{**me, **ids, **who})
        return file

    def poll(self, name: str, person: Person, format_: str) -> None:
        """A client without a socket."""
        poller = Poller(person, self.open_file(name, person, format_), format_)
        self.listeners[name] = poller
        self.run(poller.run())

    def connect(self, name: str, person: Person, format_: str, **who: Any) -> Socket:
        """A client that stays connected."""
        file = self.open_file(name, person, format_, **who)

        async def load() -> Listed:
            listed = await person.get("/v1/orders", limit="1")
            return listed["cursors"], listed["epochs"]

        socket = Socket(
            self.http,
            self.info["websocket_url"],
            file,
            self.dice(f"socket {name}"),
            token=person.fresh_token,
            query={"format": format_},
            load=load if person.me else None,
        )
        self.listeners[name] = socket
        return socket


async def connect_staff(world: World, people: list[Person], formats: tuple[str, ...]) -> None:
    for person in people:
        for n, format_ in enumerate(formats):
            socket = world.connect(f"{person.name}-{n}", person, format_)
            world.run(socket.run())


async def connect_all(world: World, people: list[Person], formats: tuple[str, ...]) -> None:
    """One client for each of them."""
    for person, format_ in zip(people, formats, strict=True):
        world.run(world.connect(person.name, person, format_).run())


async def connect_displays(world: World, admin: Person, name: str, formats: tuple[str, ...]) -> None:
    """Screens, with one display token. They have no list, so they begin with their first welcome."""
    issued = await admin.once("POST", "/v1/display-tokens", {"name": name})
    assert issued is not None
    for n, format_ in enumerate(formats):
        screen = world.person(f"{name}-{n}", token=issued["token"])
        socket = world.connect(screen.name, screen, format_, role="display", tenant=admin.tenant)
        world.run(socket.run())


async def open_customers(world: World, admin: Person) -> list[Person]:
    """Customers with a login, an address and a number of their own."""
    people = []
    for n in range(len(CUSTOMER_FORMATS)):
        phone = new_phone()
        row = await admin.create(
            "/v1/customers", {"name": f"顧客{n}", "phone": phone, "address": f"臺北市大安區證明路{n + 1}號"}
        )
        people.append(await world.hire(admin, f"customer-{n}", "customer", customer_id=row["id"]))
    return people


def _credentials(login: Json) -> Json:
    return {name: login[name] for name in ("username", "password")}


def new_phone() -> str:
    """A mobile number that no other order of the stack has: one number gets at most thirty SMS a day."""
    return f"091{secrets.randbelow(10**7):07}"
