"""The people of the black box: fifty clients, five drivers, ten tables and two offices, in a thread of their own.

    workload = Workload(info, Journal(folder), seed)
    workload.start()    # returns when all clients are connected; the stack must be calm until then
    …                   # faults
    workload.stop()     # after the last fault: people finish, clients catch up, the last state is read

Then `python -m tests.proof.black_box.auditor <folder>` judges the journal.
"""

import asyncio
import contextlib
import threading
import time
from typing import Any

from aiohttp import ClientSession, TCPConnector

from tests.proof.black_box import drivers, last_reads, tables
from tests.proof.black_box.clients import (
    CUSTOMER_FORMATS,
    DRIVER_FORMATS,
    KITCHEN_FORMATS,
    STAFF_FORMATS,
    World,
    connect_all,
    connect_displays,
    connect_staff,
    open_customers,
)
from tests.proof.black_box.journal import Journal
from tests.proof.black_box.office import Office

# What people may take to finish their orders, SMS to be sent, and clients to catch up, after the last fault.
PATIENCE = 150.0


class Workload:
    """info: stack.json. The journal's files are written until `stop` returns."""

    def __init__(self, info: dict[str, Any], journal: Journal, seed: int) -> None:
        self._info = info
        self._journal = journal
        self._seed = seed
        self._loop: asyncio.AbstractEventLoop | None = None
        self._world: World | None = None
        self._started = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="black-box-people", daemon=True)

    def start(self) -> None:
        """Raises what prevented the people from beginning."""
        self._thread.start()
        self._started.wait()
        self._raise()

    def stop(self) -> None:
        """Raises what ended the people early. The journal is complete if this returns."""
        if self._loop and self._world and self._thread.is_alive():
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._world.closing.set)
        self._thread.join()
        self._raise()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            asyncio.run(self._live())
        except BaseException as error:
            self._error = error
        finally:
            self._started.set()

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with ClientSession(connector=TCPConnector(limit=0)) as http, asyncio.TaskGroup() as background:
            world = World(self._info, http, self._journal, self._seed, background)
            work = await self._open(world)
            self._world = world
            world.run(last_reads.watch_phones(world))
            self._started.set()
            working = asyncio.create_task(work())
            await asyncio.wait([working, asyncio.create_task(world.closing.wait())], return_when="FIRST_COMPLETED")
            await self._close(world, working)
            for task in world.running:
                task.cancel()

    async def _open(self, world: World) -> Any:
        """Hires everyone and connects all clients; returns the day's work."""
        before = self._journal.of("state")
        boss, owner = await world.seeded("admin", "delivery"), await world.seeded("admin", "table")
        self._admins = (boss, owner)
        clerks = [boss, await world.seeded("office_staff", "delivery")]
        clerks += [await world.hire(boss, f"clerk-{n}", "office_staff") for n in range(2)]
        kitchen = [
            owner,
            await world.seeded("office_staff", "table"),
            await world.hire(owner, "cook", "office_staff"),
        ]
        fleet = await drivers.hire_drivers(world, boss, clerks[1])
        customers = await open_customers(world, boss)
        places = await tables.open_tables(world, owner, kitchen)
        for admin in self._admins:
            await last_reads.read_before(before, admin)
        await connect_staff(world, clerks, STAFF_FORMATS)
        await connect_staff(world, kitchen, KITCHEN_FORMATS)
        await connect_all(world, [driver.person for driver in fleet], DRIVER_FORMATS)
        await connect_all(world, customers, CUSTOMER_FORMATS)
        await connect_displays(world, boss, "shop-screen", ("standard", "standard", "flat"))
        await connect_displays(world, owner, "kitchen-screen", ("restaurant", "standard", "flat"))
        for socket in world.sockets.values():
            await socket.welcomed.wait()
        products = [row for row in await boss.all("/v1/products") if row["is_cylinder"]]
        office = Office(world, clerks, customers, fleet, products)

        async def work() -> None:
            async with asyncio.TaskGroup() as people:
                people.create_task(office.work())
                people.create_task(drivers.work(world, fleet))
                for table in places:
                    people.create_task(table.work())

        return work

    async def _close(self, world: World, working: "asyncio.Task[None]") -> None:
        ends = time.monotonic() + PATIENCE
        journal = self._journal.of("state")
        try:
            async with asyncio.timeout(PATIENCE / 2):
                await working
        except TimeoutError:
            journal.write("not_finished", what="orders")
        await last_reads.wait_for_sms(self._admins[0], ends - time.monotonic())
        try:
            async with asyncio.timeout(max(30.0, ends - time.monotonic())):
                await asyncio.gather(*(socket.settle() for socket in world.sockets.values()))
        except TimeoutError:
            journal.write("not_finished", what="clients")
        for admin in self._admins:
            await last_reads.read_after(journal, admin)
        await asyncio.sleep(3)
        journal.write("complete")
