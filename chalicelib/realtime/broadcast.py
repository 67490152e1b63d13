"""Fan-out: sends events to every connection that is subscribed to one of their channels, each once and in order.

Publishing appends to the log, *then* reads the subscriptions, then posts. No tenant delays or stops another.
"""

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any, Final

from chalicelib.core import clock
from chalicelib.core.groups import grouped
from chalicelib.core.logs import log as logger
from chalicelib.core.metrics import measured
from chalicelib.realtime import connections, log
from chalicelib.realtime.chunks import Chunk
from chalicelib.realtime.delivery import Delivery, Failures, collect_failures, send
from chalicelib.realtime.events import Event, Stamped
from chalicelib.realtime.gateway import gateway as default_gateway
from chalicelib.realtime.posts import PATIENT, Gateway, GatewayDown, NotPublished, Outcome
from chalicelib.realtime.recipients import posts_of

# A connection that has timed out for so long is closed; its client connects again and resumes.
_MOST_SLOW_MS: Final = 60_000
# While one tenant's log is contended, the other tenants wait for so many attempts, about 40 ms.
_FEW_ATTEMPTS: Final = 4

_Batches = Mapping[str, Sequence[Stamped]]


def publish(events: Sequence[Event], *, gateway: Gateway | None = None) -> None:
    """Logs events of one or several tenants and delivers them. After all attempts, raises NotPublished."""
    failures: Failures = {}
    batches, contended = _append(events, failures)
    deliver_all(batches, gateway=gateway, failures=failures)
    for tenant_id, own in contended.items():
        with collect_failures(failures, "events_not_logged", tenant_id):
            deliver_all({tenant_id: log.append(own)}, gateway=gateway, failures=failures)
    if failures:
        raise NotPublished(failures)


def deliver_all(batches: _Batches, *, gateway: Gateway | None = None, failures: Failures) -> None:
    """Sends events, by tenant, to the subscribers. Adds the errors of a tenant to `failures`.

    Failures of single connections are only logged, because their clients can read missed events from the log.
    """
    started = perf_counter()
    deliveries: list[Delivery] = []
    for tenant_id, batch in batches.items():
        with collect_failures(failures, "recipients_not_found", tenant_id):
            deliveries.append(Delivery(tenant_id, batch, posts_of(tenant_id, batch)))
    try:
        send(deliveries, gateway, failures)
    except Exception as error:  # noqa: BLE001 — one call for all tenants: it is the trouble of each
        logger.exception("posts_not_made")
        for each in deliveries:
            failures.setdefault(each.tenant_id, []).append(error)
    ms = round((perf_counter() - started) * 1000, 1)
    for each in deliveries:
        _log_delivery(each, ms)
        with collect_failures(failures, "gateway_down", each.tenant_id):
            if each.is_unanswered:
                raise GatewayDown(f"no answer for any of {len(each.here)} connections")


def post_chunk(chunk: Chunk, *, gateway: Gateway | None = None) -> None:
    """Sends a chunk, and closes connections that have timed out for a minute.

    Raises GatewayDown if no connection answers, unless all are known to be slow: their clients notice missed
    events by their cursors before Lambda would repeat the chunk.
    """
    started = perf_counter()
    posts = chunk.posts
    poster = gateway or default_gateway(PATIENT)
    outcome = poster.post(posts)
    connections.delete(outcome.gone)
    closed = _close_slow(chunk, outcome, poster)
    ms = round((perf_counter() - started) * 1000, 1)
    logger.info(
        "chunk_done",
        extra={
            "correlation_ids": chunk.correlation_ids,
            "tenant_id": chunk.tenant_id,
            **_counts(outcome),
            "closed": closed,
            "ms": ms,
            **_measured(outcome, ms),
        },
    )
    if not outcome.answered and any(post.connection_id not in chunk.slow_since for post in posts):
        raise GatewayDown(f"no answer for any of {len(posts)} connections")


def _append(events: Sequence[Event], failures: Failures) -> tuple[_Batches, dict[str, list[Event]]]:
    """The numbered events of each tenant, and the events, without numbers, of tenants whose log is contended."""
    by_tenant = grouped(events, lambda event: event.tenant_id)
    if len(by_tenant) > 1:
        try:
            # The usual case: all events in as few transactions as possible.
            stamped = log.append(events, attempts=_FEW_ATTEMPTS)
            return grouped(stamped, lambda each: each.event.tenant_id), {}
        except Exception:  # noqa: BLE001 — whatever it is, it is one tenant's; each is tried alone
            logger.warning("events_not_logged_together", extra={"tenants": len(by_tenant)}, exc_info=True)
    # Events that are already logged keep their numbers.
    batches: dict[str, Sequence[Stamped]] = {}
    contended: dict[str, list[Event]] = {}
    for tenant_id, own in by_tenant.items():
        with collect_failures(failures, "events_not_logged", tenant_id):
            try:
                batches[tenant_id] = log.append(own, attempts=_FEW_ATTEMPTS)
            except log.LogContended:
                contended[tenant_id] = own
    return batches, contended


def _close_slow(chunk: Chunk, outcome: Outcome, gateway: Gateway) -> int:
    """Closes connections that have not answered for too long and deletes their rows; returns how many."""
    latest = clock.epoch_ms(clock.now()) - _MOST_SLOW_MS
    closing = [id_ for id_ in outcome.silent if chunk.slow_since.get(id_, latest + 1) <= latest]
    # The rows are deleted in any case: if a socket stays open, the client's next message closes it.
    gateway.disconnect(closing)
    connections.delete(closing)
    return len(closing)


def _log_delivery(delivery: Delivery, ms: float) -> None:
    """Writes one line for each event. Only the first has metrics, because they are of the whole batch."""
    metrics = _measured(delivery.outcome, ms, FanOutEvents=len(delivery.batch))
    for n, each in enumerate(delivery.batch):
        logger.info(
            "fan_out_done",
            extra={
                "correlation_id": each.event.correlation_id,
                "tenant_id": delivery.tenant_id,
                "event_type": each.event.type,
                "event_id": each.event.id,
                "cursors": dict(each.cursors),
                "handed_over": delivery.handed_over,
                **_counts(delivery.outcome),
                "ms": ms,
                **(metrics if n == 0 else {}),
            },
        )


def _counts(outcome: Outcome) -> dict[str, int]:
    return {"sent": outcome.sent, "gone": len(outcome.gone), "failed": len(outcome.failed)}


def _measured(outcome: Outcome, ms: float, **more: float) -> dict[str, Any]:
    gone, failed = len(outcome.gone), len(outcome.failed)
    return measured(FanOutSent=outcome.sent, FanOutGone=gone, FanOutFailed=failed, FanOutMs=ms, **more)
