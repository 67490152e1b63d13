"""A provider in trouble is left alone, so that texts wait for it instead of using up their tries.

    closed ──five failures in a row──▶ open ──half a minute──▶ one sender tries one text ──▶ closed
                                         ▲                                   │
                                         └───────────── in vain ─────────────┘

While the minute's probe (`probes`) finds it down, no text is tried either. So a provider that is down is asked
once or twice a minute, however many texts wait, and gets them all within two minutes of being back. The state is
one row per tenant, shared by all functions: another tenant's may be well.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from pynamodb.expressions.update import Action

from chalicelib.core import clock
from chalicelib.core.logs import log
from chalicelib.core.metrics import measured
from chalicelib.models.parsing import Unreadable
from chalicelib.models.sms_circuit import SmsCircuit
from chalicelib.sms.providers.base import Outcome, PermanentFailure, Sent

THRESHOLD: Final = 5
PAUSE_SECONDS: Final = 30
# A lone failure of yesterday says nothing about today; an open circuit is written anew at every try.
_REMEMBERED: Final = timedelta(hours=1)


class Gate(Struct, frozen=True):
    """Whether a tenant's provider may be asked now.

    wait: seconds until it may be, 0 when now. probe: one text only. troubled: there is a row to take away.
    """

    wait: int = 0
    probe: bool = False
    troubled: bool = False


def gate(tenant_id: str, now: datetime) -> Gate:
    """The way to the tenant's provider. One who is let through to probe must `note` how it went."""
    try:
        row = SmsCircuit.find(tenant_id, consistent_read=True)
    except Unreadable as error:
        # Texts go out as if all were well; the first that the provider answers deletes the row.
        error.report()
        return Gate(troubled=True)
    if row is None:
        return Gate()
    if row.open_until is None:
        return Gate(troubled=True)
    wait = int(row.open_until) - clock.epoch(now)
    if wait > 0:
        return Gate(wait=wait)
    if not row.update_if(_open(now), SmsCircuit.open_until == row.open_until):
        return Gate(wait=PAUSE_SECONDS)  # another sender is trying at this moment
    return Gate(probe=True, troubled=True)


def note(tenant_id: str, gate: Gate, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Takes in what a batch of the tenant's texts came to.

    A provider that answers is well, also when it refuses: five failures in a row means none of these between.
    """
    if any(isinstance(outcome, Sent | PermanentFailure) for outcome in outcomes):
        if gate.troubled:
            SmsCircuit(tenant_id).delete()
            log.info("sms_circuit_closed", extra={"tenant_id": tenant_id})
        return
    if not outcomes or gate.probe:
        return
    row = SmsCircuit(tenant_id)
    row.update([SmsCircuit.failures.add(len(outcomes)), SmsCircuit.expires_at.set(clock.epoch(now + _REMEMBERED))])
    if row.failures >= THRESHOLD:
        row.update(_open(now))
        whose = {"tenant_id": tenant_id, "failures": int(row.failures)}
        log.error("sms_circuit_opened", extra={**whose, **measured(SmsProviderDown=1)})


def open_circuits(now: datetime) -> set[str]:
    """The tenants whose provider is left alone at present."""
    # A scan: only providers in trouble have a row.
    return {
        row.account
        for row in SmsCircuit.scan(consistent_read=True)
        if row.open_until is not None and row.expires_at > clock.epoch(now)
    }


def _open(now: datetime) -> list[Action]:
    return [
        SmsCircuit.open_until.set(clock.epoch(now) + PAUSE_SECONDS),
        SmsCircuit.expires_at.set(clock.epoch(now + _REMEMBERED)),
    ]
