"""The people of the black box: fifty clients, five drivers, ten tables and two offices, in a thread of their own.

    workload = Workload(info, Journal(folder), seed)
    workload.start()    # returns when all clients are connected; the stack must be calm until then
    …                   # faults
    workload.stop()     # after the last fault: people finish, clients catch up, the last state is read

Then `python -m tests.proof.black_box.auditor <folder>` judges the journal.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from aiohttp import ClientSession, TCPConnector

from tests.proof.black_box import drivers, last_reads, notices, tables, trackers
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

# Each of these may take so long after the last fault: people finish their orders, SMS are sent, clients catch up.
PATIENCE = 180.0


class Workload:
    """info: stack.json. The journal's files are written until `stop` returns."""

    def __init__(self, info: dict[str, Any], journal: Journal, seed: int) -> None:
        self._info = info
        self._journal = journal
        self._seed = seed
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="people")
        self._running: Future[None] | None = None
        self._opened: Future[World] = Future()

    def start(self) -> None:
        """Raises what prevented the people from beginning."""
        self._running = self._thread.submit(asyncio.run, self._live())
        either: list[Future[Any]] = [self._running, self._opened]
        wait(either, return_when=FIRST_COMPLETED)
        if not self._opened.done():
            self._running.result()

    def stop(self) -> None:
        """Raises what ended the people early. The journal is complete if this returns."""
        assert self._running is not None, "start() comes first"
        world = self._opened.result()
        with contextlib.suppress(RuntimeError):  # the loop has ended early: `result` says why
            world.loop.call_soon_threadsafe(world.closing.set)
        self._running.result()
        self._thread.shutdown()

    async def _live(self) -> None:
        async with ClientSession(connector=TCPConnector(limit=0)) as http, asyncio.TaskGroup() as background:
            world = World(self._info, http, self._journal, self._seed, background)
            work = await self._open(world)
            world.run(last_reads.watch_phones(world))
            self._opened.set_result(world)
            working = asyncio.create_task(work())
            await asyncio.wait([working, asyncio.create_task(world.closing.wait())], return_when="FIRST_COMPLETED")
            await self._close(world, working)
            for task in world.running:
                task.cancel()

    async def _open(self, world: World) -> Callable[[], Coroutine[Any, Any, None]]:
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
        await trackers.write_text(boss)
        places = await tables.open_tables(world, owner, kitchen)
        for admin in self._admins:
            await last_reads.read_before(before, admin)
        await connect_staff(world, clerks, STAFF_FORMATS)
        await connect_staff(world, kitchen, KITCHEN_FORMATS)
        await connect_all(world, [driver.person for driver in fleet], DRIVER_FORMATS)
        await connect_all(world, customers, CUSTOMER_FORMATS)
        await connect_displays(world, boss, "shop-screen", ("standard", "standard", "flat"))
        await connect_displays(world, owner, "kitchen-screen", ("restaurant", "standard", "flat"))
        world.poll("office-poll", clerks[1], "standard")
        world.poll("kitchen-poll", kitchen[1], "restaurant")
        for listener in world.listeners.values():
            await listener.welcomed.wait()
        products = [row for row in await boss.all("/v1/products") if row["is_cylinder"]]
        office = Office(world, clerks, customers, fleet, products)

        async def work() -> None:
            async with asyncio.TaskGroup() as people:
                people.create_task(office.work())
                people.create_task(drivers.work(world, fleet))
                people.create_task(notices.publish(world, clerks, [*customers, *(each.person for each in fleet)]))
                people.create_task(notices.publish(world, kitchen, []))
                people.create_task(trackers.follow_links(world, boss.tenant))
                for table in places:
                    people.create_task(table.work())

        return work

    async def _close(self, world: World, working: "asyncio.Task[None]") -> None:
        """People finish, then clients and phones catch up. The auditor sees who did not."""
        journal = self._journal.of("state")
        for what, finish in (
            ("orders", asyncio.wait([working])),
            ("SMS", last_reads.wait_for_sms(self._admins[0])),
            ("clients", _settle(world)),
        ):
            try:
                async with asyncio.timeout(PATIENCE):
                    await finish
            except TimeoutError:
                journal.write("not_finished", what=what)
        working.cancel()
        await asyncio.wait([working])
        if not working.cancelled():
            working.result()
        for admin in self._admins:
            await last_reads.read_after(journal, admin)
        # The phones are read every two seconds.
        await asyncio.sleep(5)
        journal.write("complete")


async def _settle(world: World) -> None:
    await asyncio.gather(*(listener.settle() for listener in world.listeners.values()))
