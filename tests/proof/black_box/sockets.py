"""A client of the WebSocket, written from docs/protocol.md. Its journal has every message that it received.

Kinds of lines: `connecting`, `connected`, `not_connected`, `sent`, `received`, `broken`, `disconnected`,
and `list`: the cursor from which the client starts anew.
"""

import asyncio
import contextlib
import json
import random
from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import (
    ClientError,
    ClientSession,
    ClientWebSocketResponse,
    ClientWSTimeout,
    WSMsgType,
    WSServerHandshakeError,
)

from tests.proof.black_box.cursors import Channel, Message
from tests.proof.black_box.journal import JournalFile

WELCOMES = ("connected", "connection", "connection_established")
TRY_AGAIN = ("unavailable", "busy", "internal_error", "rate_limited")
# A client may send 20 messages in 10 seconds.
PACE = 0.6
GAP_PAUSE = 1.0
LONGEST_PAUSE = 30.0
# Without any message for this long after a heartbeat the connection is dead.
SILENCE = 15.0

Listed = tuple[dict[str, int], dict[str, str]]


class Socket:
    """One client that stays connected. token: the token, and a fresh one instead of a refused one.

    load: reads the client's list and returns its cursors and epochs; None for a client without a list.
    """

    def __init__(
        self,
        http: ClientSession,
        url: str,
        journal: JournalFile,
        dice: random.Random,
        *,
        token: Callable[[str | None], Awaitable[str]],
        query: dict[str, str],
        load: Callable[[], Awaitable[Listed]] | None = None,
    ) -> None:
        self.channels: dict[str, Channel] = {}
        self.journal = journal
        self.welcomed = asyncio.Event()
        self._http = http
        self._url = url
        self._dice = dice
        self._token = token
        self._query = query
        self._load = load
        self._outbox: asyncio.Queue[Message] = asyncio.Queue()
        self._filling: dict[str, asyncio.Task[None]] = {}
        self._refs: dict[str, str] = {}
        self._number = 0
        self._socket: ClientWebSocketResponse | None = None
        self._heartbeat_interval = 30.0
        self._heartbeats = 0
        self._at_end = 0

    async def run(self) -> None:
        """Connects, and reconnects with longer and longer pauses. Ends only when it is cancelled."""
        failures, first, token = 0, True, None
        while True:
            try:
                token = await self._token(token if failures else None)
                failures = 0 if await self._session(token, reconnect=not first) else failures + 1
                first = False
            except WSServerHandshakeError as refusal:
                self.journal.write("not_connected", status=refusal.status)
                failures += 1
                token = token if refusal.status == 401 else None
            except (ClientError, OSError, TimeoutError) as error:
                self.journal.write("not_connected", error=type(error).__name__)
                failures, token = failures + 1, None
            await asyncio.sleep(self._dice.uniform(0.3, 1) * min(LONGEST_PAUSE, 2.0**failures))

    def watch(self, channel: str, since: int, epoch: str | None = None) -> None:
        """Subscribes to one more channel, from a number on, over every reconnect."""
        self.journal.write("list", channel=channel, cursor=since, epoch=epoch)
        self.channels[channel] = Channel(since, epoch)
        if self.welcomed.is_set():
            self._subscribe(channel)

    async def settle(self) -> None:
        """Returns when three consecutive heartbeats have shown the end that the client has."""
        self._at_end = 0
        while self._at_end < 3:
            if self.welcomed.is_set():
                seen = self._heartbeats
                self._send({"type": "heartbeat"})
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(SILENCE):
                        while self._heartbeats == seen:
                            await asyncio.sleep(0.1)
            await asyncio.sleep(2)

    async def _session(self, token: str, *, reconnect: bool) -> bool:
        """One connection until it ends; whether it was welcomed."""
        query = {**self._query, "token": token, **({"reconnect": "1"} if reconnect else {})}
        self.journal.write("connecting", query=self._query, reconnect=reconnect)
        timeout = ClientWSTimeout(ws_close=2)
        async with (
            asyncio.timeout(30) as opening,
            self._http.ws_connect(self._url, params=query, max_msg_size=0, timeout=timeout) as socket,
        ):
            opening.reschedule(None)
            self._socket, self._outbox, self._refs = socket, asyncio.Queue(), {}
            self.journal.write("connected")
            try:
                async with asyncio.TaskGroup() as tasks:
                    sending = [tasks.create_task(self._write(socket)), tasks.create_task(self._beat(socket))]
                    await self._read(socket)
                    for task in sending:
                        task.cancel()
            except* (ClientError, OSError, TimeoutError) as errors:
                self.journal.write("broken", error=type(errors.exceptions[0]).__name__)
            finally:
                was_welcomed = self.welcomed.is_set()
                self.welcomed.clear()
                for task in self._filling.values():
                    task.cancel()
                self._filling.clear()
                self.journal.write("disconnected", code=socket.close_code)
        return was_welcomed

    async def _read(self, socket: ClientWebSocketResponse) -> None:
        while True:
            # The server answers each heartbeat, so a silent connection is dead.
            async with asyncio.timeout(self._heartbeat_interval + SILENCE):
                frame = await socket.receive()
            if frame.type is not WSMsgType.TEXT:
                return
            self.journal.write("received", text=frame.data)
            await self._take(json.loads(frame.data))

    async def _take(self, message: Message) -> None:
        kind = message.get("type")  # API Gateway's own errors have none
        if kind in WELCOMES and "id" not in message:
            await self._welcome(message.get("data", message))
        elif kind == "heartbeat":
            self._compare(message)
        elif kind == "subscribed":
            await self._subscribed(message)
        elif kind == "error":
            self._error(message)
        elif kind == "unsubscribed":
            self.channels.pop(message.get("channel", ""), None)
        for name, number in (message.get("cursors") or {}).items() if "id" in message else ():
            channel = self.channels.get(name)
            if channel is not None and channel.receive(number):
                self._fill(name, GAP_PAUSE, partial(_has_gap, channel))

    async def _welcome(self, welcome: Message) -> None:
        self._heartbeat_interval = welcome["heartbeat_interval"]
        new = [name for name in welcome["channels"] if name not in self.channels]
        cursors, epochs = dict(welcome["cursors"]), welcome["epochs"]
        # Stored messages of a user follow after the number that the user has seen.
        cursors.update(welcome["seen"])
        if new and self._load:
            listed, list_epochs = await self._load()
            cursors.update({name: listed[name] for name in listed if not name.startswith("user:")})
            epochs = {**epochs, **list_epochs}
        for name in new:
            self._start(name, cursors[name], epochs[name])
        self.welcomed.set()
        for name, channel in self.channels.items():
            is_watched = name in welcome["channels"]
            if not is_watched or not channel.is_at(welcome["cursors"].get(name), welcome["epochs"].get(name)):
                self._subscribe(name)

    def _start(self, name: str, cursor: int, epoch: str) -> None:
        self.journal.write("list", channel=name, cursor=cursor, epoch=epoch)
        self.channels.setdefault(name, Channel(cursor, epoch)).start(cursor, epoch)

    def _compare(self, answer: Message) -> None:
        is_at_end = True
        for name, channel in self.channels.items():
            cursor, epoch = answer["cursors"].get(name), answer["epochs"].get(name)
            if cursor is None or not channel.is_at(cursor, epoch):
                is_at_end = False
                lacks = partial(_lacks, channel, cursor, epoch)
                self._fill(name, GAP_PAUSE, lacks)
        self._heartbeats += 1
        self._at_end = self._at_end + 1 if is_at_end else 0

    async def _subscribed(self, answer: Message) -> None:
        name = answer["channel"]
        channel = self.channels.get(name)
        if channel is None:
            return
        if answer["recovered"]:
            channel.start(answer["cursor"], answer["epoch"])
            return
        cursors, epochs = {name: answer["cursor"]}, {name: answer["epoch"]}
        if self._load:
            listed, list_epochs = await self._load()
            cursors, epochs = {**cursors, **listed}, {**epochs, **list_epochs}
        self._start(name, cursors[name], epochs[name])
        self._subscribe(name)

    def _error(self, error: Message) -> None:
        name = self._refs.get(str(error.get("ref")))
        if name is None:
            return
        if error["code"] in TRY_AGAIN:
            self._fill(name, self._dice.uniform(2, 5), lambda: True)
        else:
            self.channels.pop(name, None)

    def _fill(self, name: str, pause: float, lacks: Callable[[], bool]) -> None:
        """Subscribes after a pause, if the channel still lacks something then."""
        if name in self._filling and not self._filling[name].done():
            return

        async def fill() -> None:
            await asyncio.sleep(pause)
            if name in self.channels and lacks():
                self._subscribe(name)

        self._filling[name] = asyncio.create_task(fill())

    def _subscribe(self, name: str) -> None:
        channel = self.channels[name]
        self._number += 1
        ref = f"s{self._number}"
        self._refs[ref] = name
        epoch = {"epoch": channel.epoch} if channel.epoch else {}
        self._send({"type": "subscribe", "channel": name, "since": channel.cursor, **epoch, "ref": ref})

    def _send(self, message: Message) -> None:
        self._outbox.put_nowait(message)

    async def _write(self, socket: ClientWebSocketResponse) -> None:
        while True:
            message = await self._outbox.get()
            self.journal.write("sent", message=message)
            await socket.send_str(json.dumps(message))
            await asyncio.sleep(PACE)

    async def _beat(self, socket: ClientWebSocketResponse) -> None:
        await self.welcomed.wait()
        while True:
            self._send({"type": "heartbeat"})
            await asyncio.sleep(self._heartbeat_interval)


def _has_gap(channel: Channel) -> bool:
    return bool(channel.held)


def _lacks(channel: Channel, cursor: int | None, epoch: str | None) -> bool:
    """Whether a heartbeat's answer shows more than the client has, another log, or a restarted one.

    An event on its way may have come after the answer: then the client has as much.
    """
    return cursor is None or channel.epoch != epoch or channel.cursor < cursor or bool(channel.held)
