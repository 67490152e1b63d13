"""The interface of SMS providers: a provider sends one SMS and returns one of three outcomes."""

from datetime import timedelta
from typing import Final, Literal, Protocol

from msgspec import Struct

# How long each provider recognises a repeat with the same id. `http`: as gateways usually store idempotency
# keys. `mitake`: twelve hours, minus one for clocks and queues. `sns` has no such id.
DEDUPES_FOR: Final = {"http": timedelta(hours=24), "mitake": timedelta(hours=11), "sns": timedelta(0)}


class OutgoingSms(Struct, frozen=True):
    """An SMS. id: the same for every repeat, so that the provider recognises it; phone: E.164.

    receipt_url: for the provider's later delivery receipt; None if we need none.
    """

    id: str
    phone: str
    text: str
    receipt_url: str | None = None


class Sent(Struct, frozen=True):
    """The provider accepted the SMS. message_id: the provider's id, if any."""

    message_id: str | None


class PermanentFailure(Struct, frozen=True):
    """The provider refused the SMS and would refuse it again."""

    reason: str


class TemporaryFailure(Struct, frozen=True):
    """Another attempt may succeed. unclear: the provider may have accepted the SMS anyway (no answer, or 5xx)."""

    reason: str
    unclear: bool = False


class Receipt(Struct, frozen=True):
    """A provider's delivery receipt. message_id: the provider's id; reason: why it failed."""

    message_id: str | None
    outcome: Literal["delivered", "failed", "pending"]
    reason: str | None = None


Outcome = Sent | PermanentFailure | TemporaryFailure


class Provider(Protocol):
    """Sends SMS for one tenant. Must be thread-safe."""

    @property
    def name(self) -> str:
        """The name in the tenant's settings: `http`, `mitake` or `sns`."""

    @property
    def dedupes_for(self) -> timedelta:
        """How long it recognises a repeat with the same id; zero for never."""

    @property
    def sends_receipts(self) -> bool:
        """Whether it uses `receipt_url`."""

    def send(self, message: OutgoingSms) -> Outcome:
        """Sends one SMS; failures are outcomes, not exceptions."""

    def probe(self) -> str | None:
        """A short reason why SMS cannot be sent now, such as `http_503`; None if the provider works.

        Sends nothing and costs nothing. Never raises because of the provider.
        """
