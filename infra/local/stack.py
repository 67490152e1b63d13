"""The whole system on one machine, in the foreground, until Ctrl-C."""

import asyncio
import os
import secrets
import shutil
import signal
import sys
import time
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from watchfiles import awatch

from infra.deploy import deploy
from infra.local import logs, stack_file, storage
from infra.local.background import in_thread
from infra.local.children import Children, end_orphans
from infra.local.emulator import Emulator, EmulatorFailed
from infra.local.environment import STAGE, clean_environment, function_environment, state_dir
from infra.local.front_door import FrontDoor, running
from infra.local.functions import Functions, session
from infra.local.lock import AlreadyRunning, locked
from infra.local.metrics import LineMetrics, publish
from infra.local.ports import HOST, PortTaken, number_of, reserved
from infra.local.seed_process import SeedFailed, SeedProcess
from infra.local.sms_gateway import SmsGateway
from infra.local.static_origin import StaticOrigin, fetch_from
from infra.local.websocket_connection import Limits
from infra.packaging import ROOT, Package, PackagingError, package, version
from infra.stacks import DeployError
from infra.stage_secrets import ensure_secrets
from infra.template import TemplateError

_CANNOT_DEPLOY = (PackagingError, TemplateError, DeployError, ClientError, BotoCoreError)
_WATCHED = ("app.py", "chalicelib", ".chalice", "infra/permissions.py", "infra/resources.json")


class StackFailed(RuntimeError):
    """The stack cannot start or continue; the message is for the user."""


class Stack:
    """One local stack: an emulator, the deployed functions, the front door and the SMS gateway."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        # Bound until they listen, because it may take minutes, and other programs may take free ports.
        self._sockets = {"PORT": reserved(os.environ, "PORT", 8000), "SMS_PORT": reserved(os.environ, "SMS_PORT")}
        self._port, self._sms_port = map(number_of, self._sockets.values())
        with reserved(os.environ, "EMULATOR_PORT") as reservation:
            self._emulator_port = number_of(reservation)
        self.rest_url = f"http://localhost:{self._port}/api"
        self._sms_key = secrets.token_urlsafe(24)
        self._began = time.monotonic()
        self._children = Children(directory)
        self._ready = False
        self._signal = 0
        self._stop = asyncio.Event()
        # With IP addresses: `localhost` would need a look-up and an attempt on ::1 for each new connection.
        self._environment = function_environment(
            f"http://{HOST}:{self._emulator_port}", f"http://{HOST}:{self._port}/api", version()
        )

    async def run(self) -> int:
        """Runs until a signal; returns the exit code: 0 if it was ready, otherwise 128 and the signal's number.

        Raises StackFailed and OSError. It always ends everything that it started.
        """
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._end, number)
        async with AsyncExitStack() as cleanup:
            cleanup.callback(self._children.stop)
            emulator = Emulator.start(self._emulator_port, self._directory, self._children)
            cleanup.callback(emulator.stop)
            work = asyncio.create_task(self._deploy_and_serve(emulator, cleanup))
            stop = asyncio.create_task(self._stop.wait())
            await asyncio.wait((work, stop), return_when=asyncio.FIRST_COMPLETED)
            stop.cancel()
            if work.cancel():
                print("\nstopping …", flush=True)
            try:
                await work
            except asyncio.CancelledError:
                pass
            except Exception:
                # Failures during the end of the stack are caused by it.
                if not self._stop.is_set():
                    raise
        return 0 if self._ready else 128 + self._signal

    def _end(self, number: int) -> None:
        self._signal = self._signal or number
        self._stop.set()

    async def _deploy_and_serve(self, emulator: Emulator, cleanup: AsyncExitStack) -> None:
        # boto3 reads its settings from the environment.
        os.environ.update(self._environment)
        try:
            print("packaging …", flush=True)
            built, _ = await asyncio.gather(self._package(), in_thread(emulator.wait))
            print("deploying …", flush=True)
            seed = self._start_seed()
            names = await self._deploy(built)
        except (EmulatorFailed, *_CANNOT_DEPLOY) as error:
            raise StackFailed(str(error)) from error

        client = await cleanup.enter_async_context(session())
        functions = Functions(client, emulator.url, names)
        static = StaticOrigin(fetch_from(client, f"{emulator.url}/{names['StaticBucket']}"))
        origin_key = ensure_secrets(boto3.client("ssm"), STAGE)
        front_door = FrontDoor(built.template, functions, static, Limits.from_environment(), origin_key=origin_key)
        await self._listen(cleanup, front_door, SmsGateway(self._sms_key))
        print("writing the demo data …", flush=True)
        try:
            seeded = await in_thread(seed.run)
        except SeedFailed as error:
            raise StackFailed(str(error)) from error
        # Skips the log lines of the seeded rows' streams, which would push the logins off the screen.
        tail = logs.LogTail(client, emulator.url)
        await logs.skip(tail)
        cleanup.callback((self._directory / "stack.json").unlink, missing_ok=True)
        described = self._describe(emulator, seeded)
        stack_file.write(self._directory / "stack.json", described)
        print(stack_file.text(described, time.monotonic() - self._began), flush=True)
        self._ready = True

        metrics = LineMetrics()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._redeploy_on_change(functions, front_door))
            tasks.create_task(logs.show(tail, metrics))
            tasks.create_task(publish(metrics))
            tasks.create_task(_wait_for_end(emulator))
            tasks.create_task(storage.watch(self._directory))

    async def _listen(self, cleanup: AsyncExitStack, front_door: FrontDoor, sms: SmsGateway) -> None:
        for variable, application in (("SMS_PORT", sms.application()), ("PORT", front_door.application())):
            reservation = self._sockets[variable]
            try:
                await cleanup.enter_async_context(running(application, reservation))
            except OSError as error:  # another stack had also bound it and listens already
                raise StackFailed(str(PortTaken(variable, number_of(reservation)))) from error

    async def _package(self) -> Package:
        return await in_thread(partial(package, STAGE, self._directory / "build", run=self._children.run))

    async def _deploy(self, built: Package) -> dict[str, str]:
        names = {
            "WsEndpoint": "WS_ENDPOINT",
            "PublicUrl": "PUBLIC_URL",
            "WebsocketUrl": "WEBSOCKET_URL",
            "MapTiles": "MAP_TILES",
            "OsrmUrl": "OSRM_URL",
            "Version": "VERSION",
        }
        supplied = {parameter: self._environment[variable] for parameter, variable in names.items()}
        # Every start creates the data again, so losing a table needs no confirmation.
        return await in_thread(partial(deploy, STAGE, built, parameters=supplied, may_lose=True))

    def _start_seed(self) -> SeedProcess:
        gateway = {"SMS_GATEWAY_URL": f"http://{HOST}:{self._sms_port}", "SMS_GATEWAY_KEY": self._sms_key}
        environment = {**clean_environment(os.environ), **self._environment, "PYTHONPATH": str(ROOT), **gateway}
        return SeedProcess.start(self._directory, environment, self._children)

    def _describe(self, emulator: Emulator, seeded: dict[str, Any]) -> dict[str, Any]:
        """The content of stack.json."""
        return {
            "rest_url": self.rest_url,
            "websocket_url": self.rest_url.replace("http:", "ws:"),
            "console_url": f"{self.rest_url}/console",
            "sms_inbox_url": f"http://localhost:{self._sms_port}",
            "emulator_url": emulator.url,
            "display_url": f"ws://localhost:{self._port}/display/{seeded['display_token']}/ws",
            "logins": seeded["logins"],
            "pid": os.getpid(),
        }

    async def _redeploy_on_change(self, functions: Functions, front_door: FrontDoor) -> None:
        """Deploys saved changes. Data and open connections stay; after a failure the old version continues."""
        async for _ in awatch(*(ROOT / name for name in _WATCHED), stop_event=self._stop):
            began = time.monotonic()
            try:
                built = await self._package()
                functions.names = await self._deploy(built)
                front_door.serve(built.template)
            except (OSError, *_CANNOT_DEPLOY) as error:
                reason = storage.sentence(error, self._directory) or error
                print(f"\nNOT DEPLOYED, the version before stays:\n{reason}\n", flush=True)
            else:
                print(f"deployed again in {time.monotonic() - began:.1f} s", flush=True)


async def _wait_for_end(emulator: Emulator) -> None:
    while emulator.process.poll() is None:
        await asyncio.sleep(1)
    raise StackFailed(f"the emulator ended unexpectedly:\n{emulator.tail()}")


def main() -> int:
    """Exit code 0 after a signal, 128 and its number if the stack was not ready yet; 1 with one clear message when
    the stack cannot run."""
    directory = state_dir()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with locked(directory) as lock:
            (directory / "stack.json").unlink(missing_ok=True)
            end_orphans(directory)
            _empty(directory / "tmp")
            storage.probe(directory)
            stack = Stack(directory)
            lock.describe(pid=os.getpid(), url=stack.rest_url)
            return asyncio.run(stack.run())
    except ExceptionGroup as group:
        error: Exception = group.exceptions[0]
    except (StackFailed, PortTaken, ValueError, AlreadyRunning, OSError) as failure:
        error = failure
    print(f"error: {_reason(error, directory)}", file=sys.stderr)
    return 1


def _reason(error: Exception, directory: Path) -> str:
    """The error's message, or why the folder cannot be written, which causes other errors."""
    try:
        storage.probe(directory)
    except OSError as unwritable:
        return storage.sentence(error, directory) or storage.sentence(unwritable, directory) or str(error)
    return storage.sentence(error, directory) or str(error)


def _empty(scratch: Path) -> None:
    """Deletes the last stack's temporary files. The processes of this stack use the same folder."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(exist_ok=True)
    os.environ["TMPDIR"] = str(scratch)
