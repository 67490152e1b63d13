"""Whether the providers answer, so that an outage is visible before a text fails.

`probe_sms_providers` asks, each minute; the public endpoint only reads what it stored, so that no stranger can
cause a request to a provider. In `system_metrics`, a row per tenant, which expires:

    sms_probe  tenant's id  noted_at: when it was asked; state: `ok` or what is wrong; failed: how often in a row
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from chalicelib.core.clock import epoch, from_wire, wire
from chalicelib.core.logs import log
from chalicelib.core.metrics import measured
from chalicelib.core.outages import is_outage
from chalicelib.models.parsing import Unreadable
from chalicelib.models.system_metric import SystemMetric
from chalicelib.models.tenant import Tenant
from chalicelib.sms.providers import cached_providers, has_provider
from chalicelib.sms.providers import provider_for as cached_provider_for
from chalicelib.sms.providers.base import Provider

METRIC: Final = "sms_probe"

# A minute, less what a schedule may come early.
_EVERY: Final = timedelta(seconds=55)
# A result that is older says nothing of now: the schedule is off, or the tenant has no provider any more.
_CURRENT: Final = timedelta(minutes=3)
_RETENTION: Final = timedelta(days=1)
# For all together. A provider has two seconds to connect and two for each byte; a name server may take longer.
PATIENCE_SECONDS: Final = 10.0
_CONCURRENCY: Final = 20
# One answer that was late is no outage: the alarm rings at the second in a row.
_ALARM_AT: Final = 2
_OK: Final = "ok"
# SNS cannot be asked without sending.
_NOT_ASKED: Final = frozenset({"sns"})


class Probes(Struct, frozen=True):
    """down: ids of the tenants whose provider did not answer well. checked_at: when one was last asked."""

    down: frozenset[str]
    checked_at: str | None


def probe_providers(
    now: datetime,
    *,
    provider_for: Callable[[str], Provider] = cached_provider_for,
    patience: float = PATIENCE_SECONDS,
) -> None:
    """Asks every active tenant's provider, unless another process has within the minute, and stores the results.

    Tenants do not affect each other: they are asked side by side, and one without an answer when patience ends is
    down. What cannot be found out because AWS does not answer stays as it was.
    """
    pool = ThreadPoolExecutor(_CONCURRENCY, thread_name_prefix="probe")
    probes: dict[Future[str | None], SystemMetric] = {}
    for row in _claimed(now):
        try:
            # Not in the threads: PynamoDB makes its connections on first use without a lock.
            provider = provider_for(row.at)
        except Exception as error:  # noqa: BLE001 - e.g. the key is missing: texts fail of it, too
            if is_outage(error):
                log.warning("sms_probe_impossible", extra={"tenant_id": row.at}, exc_info=True)
            else:
                _record(row, f"unusable_settings: {type(error).__name__}")
        else:
            probes[pool.submit(provider.probe)] = row
    wait(probes, patience)
    for probe, row in probes.items():
        if not probe.cancel():
            _record(row, _fault(probe))
    pool.shutdown(wait=False, cancel_futures=True)


def latest(now: datetime) -> Probes:
    """The results that still count, of all tenants."""
    rows = [row for row in SystemMetric.query(METRIC) if now - from_wire(str(row.noted_at)) <= _CURRENT]
    down = frozenset(row.at for row in rows if row.state not in (None, _OK))
    return Probes(down, max((str(row.noted_at) for row in rows), default=None))


def is_down(tenant_id: str, now: datetime) -> bool:
    """Whether the tenant's provider did not answer well when it was last asked."""
    row = SystemMetric.find(METRIC, tenant_id)
    if row is None:
        return False
    return row.state not in (None, _OK) and now - from_wire(str(row.noted_at)) <= _CURRENT


def _claimed(now: datetime) -> Iterator[SystemMetric]:
    """The rows of the tenants that are to be asked by this process."""
    due = SystemMetric.noted_at.does_not_exist() | (SystemMetric.noted_at <= wire(now - _EVERY))
    # A scan: the table has one row per business.
    for tenant in Tenant.scan():
        if tenant.status != "active" or not has_provider(tenant) or tenant.sms.provider in _NOT_ASKED:
            continue
        row = SystemMetric(METRIC, tenant.id)
        actions = [SystemMetric.noted_at.set(wire(now)), SystemMetric.expires_at.set(epoch(now + _RETENTION))]
        try:
            is_claimed = row.update_if(actions, due)
        except Unreadable as error:
            error.report()
        else:
            if is_claimed:
                yield row


def _fault(probe: Future[str | None]) -> str | None:
    if not probe.done():
        return "timeout"
    error = probe.exception()
    return probe.result() if error is None else f"broken: {type(error).__name__}"


def _record(row: SystemMetric, fault: str | None) -> None:
    """Stores what a probe came to. A provider that stays well is not written again."""
    failures = int(row.failed or 0) + 1 if fault else 0
    whose = {"tenant_id": row.at, "reason": fault, "failures": failures}
    if fault:
        # A key that is replaced in Parameter Store is read at the next minute's probe.
        cached_providers.clear()
        metrics = measured(SmsProviderDown=1) if failures >= _ALARM_AT else {}
        log.warning("sms_provider_unwell", extra={**whose, **metrics})
    elif row.state == _OK:
        return
    elif row.state is not None:
        log.info("sms_provider_well_again", extra=whose)
    row.update([SystemMetric.state.set(fault or _OK), SystemMetric.failed.set(failures)])
