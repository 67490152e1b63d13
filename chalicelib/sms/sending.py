"""Sends the SMS of messages on the queue and writes the providers' answers into the rows.

queued ──claim──▶ sending ──▶ sent ──▶ delivered   by the provider's receipt
  ▲                  ├──────▶ failed    refused, or the last attempt failed
  │                  ├──────▶ unknown   may have arrived, and the provider would not recognise a repeat
  └──── not now ─────┘
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from msgspec import Struct

from chalicelib.auth.links import RECEIPT, store_link
from chalicelib.core import clock
from chalicelib.core.logs import bind, log
from chalicelib.core.settings import settings
from chalicelib.models.notification import Notification
from chalicelib.models.parsing import Unreadable
from chalicelib.sms import circuit, outcomes, probes
from chalicelib.sms.claims import Busy, Task, claim, rows_of
from chalicelib.sms.opt_outs import all_opted_out
from chalicelib.sms.outcomes import Next, NoLongerDue, Result, Unresolved
from chalicelib.sms.providers import NoProvider
from chalicelib.sms.providers import provider_for as cached_provider_for
from chalicelib.sms.providers.base import Outcome, OutgoingSms, PermanentFailure, Provider, TemporaryFailure

CONCURRENCY: Final = 10

# The time-out of a call is 10 s without a byte. This limit ends calls to a provider that sends bytes slowly, so
# that the function has time to write the outcomes.
PATIENCE_SECONDS: Final = 15.0

# Carriers try for a day or two; later receipts are useless.
_RECEIPT_LASTS: Final = timedelta(days=7)


class _Call(Struct, frozen=True):
    """A claimed row that is being sent to its provider."""

    index: int
    task: Task
    row: Notification
    provider: Provider | None


def send_all(
    tasks: Sequence[Task],
    *,
    provider_for: Callable[[str], Provider] = cached_provider_for,
    now: Callable[[], datetime] = clock.now,
    patience: float = PATIENCE_SECONDS,
) -> list[Next]:
    """Sends a batch; returns for each task, in order, what to do with its message.

    The failure of one task does not affect the others. Rows of all tasks are read together. Only the calls to
    providers run in threads: the rest takes milliseconds, and PynamoDB makes its connections on first use without
    a lock.
    """
    done = [Next.AGAIN] * len(tasks)
    pool = ThreadPoolExecutor(CONCURRENCY, thread_name_prefix="sms")
    calls: dict[Future[Outcome], _Call] = {}
    began = now()
    rows = rows_of(tasks)
    known = [row for row in rows.values() if isinstance(row, Notification)]
    unwanted = all_opted_out({(row.tenant_id, row.recipient) for row in known if row.recipient})
    provider_for = cache(provider_for)
    gates = {tenant_id: circuit.gate(tenant_id, began) for tenant_id in {task.tenant_id for task in tasks}}
    # The last probe is checked first: an SMS to a failing provider may be sent although its answer is lost.
    down = {tenant_id for tenant_id, gate in gates.items() if gate.probe and probes.is_down(tenant_id, began)}
    results: dict[str, list[Outcome]] = {tenant_id: [] for tenant_id in gates}
    probing: set[str] = set()
    for index, task in enumerate(tasks):
        with _isolated(task):
            gate = gates[task.tenant_id]
            held = gate.wait > 0 or task.tenant_id in probing | down
            if held and not task.overdue:
                done[index] = Next.LATER
                continue
            row = rows.get(task)
            if isinstance(row, Unreadable):
                row.report()
                raise row
            if row is None or not claim(row, began):
                done[index] = Next.DONE
                continue
            ready = _ready(row, unwanted, provider_for, began, held=held)
            if isinstance(ready, NoLongerDue | PermanentFailure | TemporaryFailure | Unresolved):
                done[index] = _write(_Call(index, task, row, None), ready, began)
                if isinstance(ready, TemporaryFailure):
                    results[task.tenant_id].append(ready)
                continue
            message = _outgoing(row, ready, began)
            calls[pool.submit(ready.send, message)] = _Call(index, task, row, ready)
            if gate.probe:
                probing.add(task.tenant_id)
    for call, outcome in _answers(calls, patience):
        results[call.task.tenant_id].append(outcome)
        with _isolated(call.task):
            done[call.index] = _write(call, outcome, now())
    pool.shutdown(wait=False, cancel_futures=True)
    for tenant_id, answers in results.items():
        circuit.record_outcomes(tenant_id, gates[tenant_id], answers, now())
    return done


@contextmanager
def _isolated(task: Task) -> Iterator[None]:
    """Logs with the task's correlation id, and catches its exceptions so that the batch continues."""
    bind(task.correlation_id, tenant_id=task.tenant_id)
    try:
        yield
    except Busy:
        log.info("sms_busy", extra={"notification_id": task.notification_id})
    except Exception:  # noqa: BLE001 - logged, and the queue brings the message again
        log.exception("sms_attempt_broken", extra={"notification_id": task.notification_id})


def _ready(
    row: Notification,
    unwanted: Collection[tuple[str, str]],
    provider_for: Callable[[str], Provider],
    now: datetime,
    *,
    held: bool,
) -> Provider | NoLongerDue | PermanentFailure | TemporaryFailure | Unresolved:
    """The provider to call, or the outcome without a call.

    unwanted: tenants and numbers that receive no SMS. held: whether the provider is not called now.
    """
    # Without a recipient: the person's data was deleted while the SMS was waiting.
    if row.recipient is None or (row.tenant_id, row.recipient) in unwanted:
        return NoLongerDue("opted_out")
    if held:
        return TemporaryFailure("provider_down")
    try:
        provider = provider_for(row.tenant_id)
    except NoProvider:
        return PermanentFailure("no_provider")
    except Exception:  # noqa: BLE001 - e.g. its key is missing; the row gets the outcome
        log.exception("sms_provider_unusable", extra={"notification_id": row.id})
        return TemporaryFailure("provider_unusable")
    if row.maybe_delivered and not _recognises(provider, row, now):
        return Unresolved(row.error or "sender_died")
    return provider


def _recognises(provider: Provider | None, row: Notification, now: datetime) -> bool:
    """Whether the provider would recognise a repeat of this SMS."""
    return provider is not None and now - clock.from_epoch(row.key_used_at) < provider.dedupes_for


def _outgoing(row: Notification, provider: Provider, now: datetime) -> OutgoingSms:
    url = None
    if provider.sends_receipts and settings().public_url:
        store_link(row.receipt_code, RECEIPT, row.tenant_id, row.id, lasts=_RECEIPT_LASTS, now=now)
        url = f"{settings().public_url}/v1/receipts/{provider.name}/{row.receipt_code}"
    return OutgoingSms(row.idempotency_key, row.recipient, row.content, url)


def _write(call: _Call, result: Result, now: datetime) -> Next:
    if isinstance(result, TemporaryFailure) and result.unclear and not _recognises(call.provider, call.row, now):
        result = Unresolved(result.reason)
    name = call.provider.name if call.provider is not None else None
    last = call.task.last_attempt or call.task.overdue
    return outcomes.write(call.row, result, provider=name, last_attempt=last, now=now)


def _answers(calls: dict[Future[Outcome], _Call], patience: float) -> Iterator[tuple[_Call, Outcome]]:
    """Yields each call with its outcome as it arrives; after `patience`, the others as timed out."""
    waiting = dict(calls)
    try:
        for future in as_completed(calls, timeout=patience):
            yield waiting.pop(future), _outcome(future)
    except TimeoutError:
        for call in waiting.values():
            yield call, TemporaryFailure("timeout", unclear=True)


def _outcome(future: Future[Outcome]) -> Outcome:
    error = future.exception()
    if error is None:
        return future.result()
    log.error("sms_provider_broken", exc_info=error)
    return TemporaryFailure(f"provider_broken: {type(error).__name__}", unclear=True)
