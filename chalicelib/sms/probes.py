"""Probes the providers, so that an outage is visible before an SMS fails.

`probe_sms_providers` probes each minute. The public endpoint only reads the stored results, so that its clients
cannot cause requests to providers. Each tenant has a row in `system_metrics`, which expires:

    sms_probe  tenant's id  noted_at: when it was probed; state: `ok` or the fault; failed: how often in a row
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

# A minute, minus a tolerance for a schedule that runs early.
_EVERY: Final = timedelta(seconds=55)
# An older result is ignored: the schedule is off, or the tenant has no provider any more.
_CURRENT: Final = timedelta(minutes=3)
_RETENTION: Final = timedelta(days=1)
# For all probes together. A provider has two seconds to connect and two for each byte; DNS may take longer.
PATIENCE_SECONDS: Final = 10.0
_CONCURRENCY: Final = 20
# A single late answer is no outage; two consecutive faults trigger the alarm.
_ALARM_AT: Final = 2
_OK: Final = "ok"
# SNS has no probe without sending.
_NOT_ASKED: Final = frozenset({"sns"})


class Probes(Struct, frozen=True):
    """down: ids of the tenants whose provider failed the last probe. checked_at: when one was last probed."""

    down: frozenset[str]
    checked_at: str | None


def probe_providers(
    now: datetime,
    *,
    provider_for: Callable[[str], Provider] = cached_provider_for,
    patience: float = PATIENCE_SECONDS,
) -> None:
    """Probes the providers of all active tenants that were not probed within the minute, and stores the results.

    Providers are probed in parallel; one without an answer after `patience` is down. If AWS does not answer, a
    result does not change.
    """
    pool = ThreadPoolExecutor(_CONCURRENCY, thread_name_prefix="probe")
    probes: dict[Future[str | None], SystemMetric] = {}
    for row in _claimed(now):
        try:
            # Outside the threads, because PynamoDB makes its connections on first use without a lock.
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
    """The recent results of all tenants."""
    rows = [row for row in SystemMetric.query(METRIC) if now - from_wire(str(row.noted_at)) <= _CURRENT]
    down = frozenset(row.at for row in rows if row.state not in (None, _OK))
    return Probes(down, max((str(row.noted_at) for row in rows), default=None))


def is_down(tenant_id: str, now: datetime) -> bool:
    """Whether the tenant's provider failed the last probe."""
    row = SystemMetric.find(METRIC, tenant_id)
    if row is None:
        return False
    return row.state not in (None, _OK) and now - from_wire(str(row.noted_at)) <= _CURRENT


def _claimed(now: datetime) -> Iterator[SystemMetric]:
    """The rows of the tenants that this process has to probe."""
    due = SystemMetric.noted_at.does_not_exist() | (SystemMetric.noted_at <= wire(now - _EVERY))
    # A scan is cheap: the table has one row per tenant.
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
    """Stores the result of a probe, unless it is `ok` again."""
    failures = int(row.failed or 0) + 1 if fault else 0
    whose = {"tenant_id": row.at, "reason": fault, "failures": failures}
    if fault:
        # So that the next probe reads a key that was replaced in Parameter Store.
        cached_providers.clear()
        metrics = measured(SmsProviderDown=1) if failures >= _ALARM_AT else {}
        log.warning("sms_provider_unwell", extra={**whose, **metrics})
    elif row.state == _OK:
        return
    elif row.state is not None:
        log.info("sms_provider_well_again", extra=whose)
    row.update([SystemMetric.state.set(fault or _OK), SystemMetric.failed.set(failures)])
