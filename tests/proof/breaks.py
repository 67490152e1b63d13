"""Changes of the code, each of which breaks one rule."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from msgspec import structs
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from chalicelib.auth import attempts, sessions
from chalicelib.consumers import connections as connections_stream
from chalicelib.consumers import orders as orders_stream
from chalicelib.core.clock import new_id, now
from chalicelib.core.groups import grouped
from chalicelib.imports import write as import_rows
from chalicelib.models.base import Table
from chalicelib.models.channel_log import ChannelLog
from chalicelib.models.notification import Notification
from chalicelib.orders import create
from chalicelib.realtime import broadcast, channel_access, log, order_events, recipients, replay, subscriptions
from chalicelib.realtime.events import Event
from chalicelib.realtime.welcomes import first_payloads
from chalicelib.routes import events as route_events
from chalicelib.sms import claims, outcomes, sending
from chalicelib.sms.providers.base import OutgoingSms

Break = Callable[[pytest.MonkeyPatch], None]


def an_idempotency_key_is_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(create, "_repeat", lambda *_: None)


def a_repeated_record_makes_a_new_event(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(order_events, "event_id", lambda _: new_id())


def a_replay_leaves_out_its_last_event(patch: pytest.MonkeyPatch) -> None:
    whole = replay.replay

    def short(*values: Any) -> replay.Replay:
        found = whole(*values)
        return structs.replace(found, events=found.events[:-1])

    patch.setattr(subscriptions, "replay", short)


def a_welcome_has_no_stored_messages(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(connections_stream, "first_payloads", lambda row, now: first_payloads(row, now=now)[:1])


def drivers_watch_the_board(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(channel_access._AT_CONNECT, "driver", ("orders", "driver:{driver_id}"))


def a_driver_who_loses_an_order_stays_subscribed(patch: pytest.MonkeyPatch) -> None:
    patch.delitem(orders_stream.REACTIONS, "subscriptions_not_ended")


def each_attempt_of_an_sms_has_its_own_key(patch: pytest.MonkeyPatch) -> None:
    make = sending._outgoing

    def fresh(*values: Any) -> OutgoingSms:
        message = make(*values)
        return OutgoingSms(new_id(), message.phone, message.text)

    patch.setattr(sending, "_outgoing", fresh)


def delivery_attempts_are_not_recorded(patch: pytest.MonkeyPatch) -> None:
    patch.delitem(orders_stream.REACTIONS, "attempt_not_recorded")


def a_sent_sms_is_not_counted(patch: pytest.MonkeyPatch) -> None:
    def uncounted(row: Any, actions: Any, condition: Any, *_: Any) -> bool:
        return bool(row.update_if(actions, condition))

    patch.setattr(outcomes, "_counted", uncounted)


def an_sms_with_a_row_counts_as_queued(patch: pytest.MonkeyPatch) -> None:
    queue = orders_stream.REACTIONS["sms_not_queued"]

    def once(tenants: Any, change: Any) -> None:
        order = change.new
        try:
            Notification.get(order.tenant_id, f"{order.id}.{order.status}.{order.status}")
        except Notification.DoesNotExist:
            queue(tenants, change)

    patch.setitem(orders_stream.REACTIONS, "sms_not_queued", once)


def an_update_has_no_condition(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Table, "update", lambda row, actions, condition=None: super(Table, row).update(actions))


def an_sms_is_not_claimed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sending, "claim", lambda row, now: row.status == "queued")


def an_sms_is_claimed_after_the_providers_call(patch: pytest.MonkeyPatch) -> None:
    claim, write = claims.claim, outcomes.write

    def late(row: Notification, *values: Any, **options: Any) -> outcomes.Next:
        with suppress(claims.Busy):
            claim(row, now())
        return write(row, *values, **options)

    patch.setattr(sending, "claim", lambda row, now: row.status == "queued")
    patch.setattr(outcomes, "write", late)


class _WithoutHeads(TransactWrite):
    """A transaction that has no condition for the heads of the log."""

    def save(self, model: Any, condition: Condition | None = None, return_values: str | None = None) -> None:
        super().save(model, None if isinstance(model, ChannelLog) else condition, return_values)


def the_head_of_the_log_has_no_condition(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(log, "TransactWrite", _WithoutHeads)


def the_audience_is_read_before_the_log_is_written(patch: pytest.MonkeyPatch) -> None:
    append, watching = broadcast._append, recipients._watching
    early: dict[str, Any] = {}

    def late(events: Any, failures: Any) -> Any:
        for tenant_id, own in grouped(events, lambda event: event.tenant_id).items():
            early[tenant_id] = watching(tenant_id, dict.fromkeys(name for each in own for name in each.channels))
        return append(events, failures)

    patch.setattr(broadcast, "_append", late)
    patch.setattr(recipients, "_watching", lambda tenant_id, _: early[tenant_id])


def events_are_posted_before_they_are_logged(patch: pytest.MonkeyPatch) -> None:
    def backwards(events: list[Event], **_: Any) -> None:
        heads, claims = log._read(events)
        new = [event for event in events if log._claim_key(event) not in claims]
        numbered, _after = log._numbered(new, heads)
        batches = grouped(numbered, lambda each: each.event.tenant_id)
        broadcast.deliver_all(batches, failures={})
        log.append(events)

    patch.setattr(orders_stream, "publish", backwards)


def a_subscription_is_stored_after_the_log_is_read(patch: pytest.MonkeyPatch) -> None:
    watch, whole = subscriptions.watch, replay.replay
    waiting: list[tuple[Any, str]] = []

    def late(*values: Any) -> replay.Replay:
        found = whole(*values)
        watch(*waiting.pop())
        return found

    patch.setattr(subscriptions, "watch", lambda row, channel: waiting.append((row, channel)))
    patch.setattr(subscriptions, "replay", late)


def a_repeated_record_of_a_route_makes_a_new_event(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(route_events, "event_id", lambda _: new_id())


def rows_of_a_file_are_planned_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(import_rows, "written", lambda *_: {})


def a_used_refresh_token_ends_no_session(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sessions, "revoke", lambda *_, **__: None)


def a_right_password_is_not_refunded(patch: pytest.MonkeyPatch) -> None:
    def nothing(attempt: attempts.Attempt, now: datetime) -> None:
        pass

    patch.setattr(attempts.Attempt, "record_success", nothing)
