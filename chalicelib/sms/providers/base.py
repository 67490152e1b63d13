"""What a provider is: it takes one text and says what became of it, in one of three ways."""

from datetime import timedelta
from typing import Final, Literal, Protocol

from msgspec import Struct

# How long each provider knows a repeat under the same id for one. `http`: as long as gateways usually keep
# idempotency keys. `mitake`: twelve hours there, one to spare for clocks and queues. `sns` knows no such id.
DEDUPES_FOR: Final = {"http": timedelta(hours=24), "mitake": timedelta(hours=11), "sns": timedelta(0)}


class OutgoingSms(Struct, frozen=True):
    """One text. id: the same at every repeat, so that the provider can recognise it; phone: E.164.

    receipt_url: where the provider may say what became of it later; None where nobody listens.
    """

    id: str
    phone: str
    text: str
    receipt_url: str | None = None


class Sent(Struct, frozen=True):
    """The provider took the text. message_id: its own name for it, if it gave one."""

    message_id: str | None


class PermanentFailure(Struct, frozen=True):
    """The provider refused the text and would refuse it again."""

    reason: str


class TemporaryFailure(Struct, frozen=True):
    """It may work later. unclear: the provider may have taken the text all the same (no answer, or 5xx)."""

    reason: str
    unclear: bool = False


class Receipt(Struct, frozen=True):
    """What a provider reports later. message_id: its name for the text; reason: why it failed."""

    message_id: str | None
    outcome: Literal["delivered", "failed", "pending"]
    reason: str | None = None


Outcome = Sent | PermanentFailure | TemporaryFailure


class Provider(Protocol):
    """Sends texts for one tenant. Called from several threads at once."""

    @property
    def name(self) -> str:
        """As in the tenant's settings: `http`, `mitake` or `sns`."""

    @property
    def dedupes_for(self) -> timedelta:
        """How long a repeat under the same id is known for one; zero where it never is."""

    @property
    def sends_receipts(self) -> bool:
        """Whether `receipt_url` is of use."""

    def send(self, message: OutgoingSms) -> Outcome:
        """Sends one text; failures are outcomes, not exceptions."""

    def probe(self) -> str | None:
        """A short reason why texts cannot be sent now, as `http_503`; None where the provider answers well.

        Sends nothing and costs nothing. Never raises for the provider's sake.
        """
