"""The state of the local SMS gateway: the messages that were sent, and how to answer the next one."""

import asyncio
import hmac
import random
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Message:
    """An SMS that a phone received. at: UTC."""

    phone: str
    message: str
    sender: str
    at: str


@dataclass
class Behaviour:
    """How to answer. count: for so many messages, None for all. share: of messages to which the mode applies."""

    mode: str = "ok"
    status: int = 500
    count: int | None = None
    seconds: float = 30.0
    share: float = 1.0
    receipt: str = "delivered"


class SmsNetwork:
    """The state behind the gateways of all providers. key: which senders must send."""

    def __init__(self, key: str, chance: random.Random | None = None) -> None:
        self._key = key
        self._chance = chance or random.Random()  # noqa: S311
        self._sent: list[Message] = []
        self._ids: dict[str, str] = {}  # idempotency key → message id
        self._behaviour = Behaviour()

    def is_key(self, given: str) -> bool:
        """Whether it is the senders' key."""
        return hmac.compare_digest(given.encode(), self._key.encode())

    def accept(self, idempotency_key: str, phone: str, text: str, sender: str) -> tuple[str, bool]:
        """The message's id, and whether it is a repeat. A repeated idempotency key sends nothing."""
        known = idempotency_key in self._ids
        if not known:
            self._ids[idempotency_key] = secrets.token_hex(8)
            self._sent.append(Message(phone, text, sender, _now()))
        return self._ids[idempotency_key], known

    def next_behaviour(self) -> Behaviour:
        """How to answer the current message."""
        current = self._behaviour
        if self._chance.random() >= current.share:
            return Behaviour(receipt=current.receipt)
        if current.count is not None:
            current.count -= 1
            if current.count <= 0:
                self._behaviour = Behaviour()
        return current

    async def outage(self) -> int | None:
        """The status of a health request during an outage, or None; waits during a stall."""
        current = self._behaviour
        if current.count is not None or self._chance.random() >= current.share:
            return None
        if current.mode == "stall":
            await asyncio.sleep(current.seconds)
        return current.status if current.mode == "fail" else None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
