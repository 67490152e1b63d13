"""A client without a WebSocket: `GET /v1/events` every few seconds, as docs/api.md says under Polling.

Kinds of lines: `list`, as of a socket, and `polled`: the answer.
"""

import asyncio

from tests.proof.black_box.journal import JournalFile
from tests.proof.black_box.rest import Person

CHANNEL = "orders"
EVERY = 6.0


class Poller:
    """Follows the orders of a person's business."""

    def __init__(self, person: Person, journal: JournalFile, format_: str) -> None:
        self.welcomed = asyncio.Event()
        self._person = person
        self._journal = journal
        self._format = format_
        self._cursor = 0
        self._epoch = ""
        self._at_end = 0

    async def run(self) -> None:
        """Polls until it is cancelled."""
        await self._load()
        self.welcomed.set()
        while True:
            query = {"channel": CHANNEL, "since": str(self._cursor), "epoch": self._epoch, "format": self._format}
            answer = await self._person.get("/v1/events", **query)
            self._journal.write("polled", channel=CHANNEL, body=answer)
            if answer["recovered"]:
                self._cursor, self._epoch = answer["cursor"], answer["epoch"]
            else:
                await self._load()
            is_end = answer["recovered"] and not answer["items"]
            self._at_end = self._at_end + 1 if is_end else 0
            if not answer["more"]:
                await asyncio.sleep(EVERY)

    async def settle(self) -> None:
        """Returns when three consecutive answers had nothing new."""
        self._at_end = 0
        while self._at_end < 3:
            await asyncio.sleep(0.5)

    async def _load(self) -> None:
        listed = await self._person.get("/v1/orders", limit="1")
        self._cursor, self._epoch = listed["cursors"][CHANNEL], listed["epochs"][CHANNEL]
        self._journal.write("list", channel=CHANNEL, cursor=self._cursor, epoch=self._epoch)
