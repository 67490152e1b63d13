"""Circuit breakers: SMS wait for a failing provider instead of using up their attempts.

    closed ──five failures in a row──▶ open ──half a minute──▶ one sender tries one SMS ──▶ closed
                                         ▲                                   │
                                         └───────────── failure ─────────────┘

While the probe of each minute (`probes`) finds the provider down, no SMS is sent to it either. So a provider that
is down gets one or two requests a minute, however many SMS wait, and receives all of them within two minutes after
it works again. All functions share one row per tenant; other tenants are not affected.
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
# A single old failure does not count; every attempt writes an open circuit's row again.
_REMEMBERED: Final = timedelta(hours=1)


class Gate(Struct, frozen=True):
    """Whether SMS may be sent to a tenant's provider now.

    wait: seconds until they may, 0 for now. probe: only one SMS. troubled: there is a row to delete after a
    success.
    """

    wait: int = 0
    probe: bool = False
    troubled: bool = False


def gate(tenant_id: str, now: datetime) -> Gate:
    """The gate of the tenant's provider. A caller with `probe` must call `record_outcomes` with the outcome."""
    try:
        row = SmsCircuit.find(tenant_id, consistent_read=True)
    except Unreadable as error:
        # An unreadable row is ignored; the first successful SMS deletes it.
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


def record_outcomes(tenant_id: str, gate: Gate, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Updates the tenant's circuit by the outcomes of a batch.

    A refusal by the provider counts as a success, because the provider works.
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
    """The tenants whose circuit is open."""
    # A scan is cheap: only failing providers have a row.
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
