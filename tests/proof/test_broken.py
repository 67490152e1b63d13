"""Tests of the tests: each invariant turns red for code in which the rule behind it is broken."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from msgspec import structs

from chalicelib.consumers import orders as orders_stream
from chalicelib.core.clock import new_id
from chalicelib.models.base import Table
from chalicelib.models.notification import Notification
from chalicelib.orders import create
from chalicelib.realtime import channel_access, order_events, replay, subscriptions
from chalicelib.sms import outcomes, sending
from chalicelib.sms.providers.base import OutgoingSms
from tests.proof import invariants
from tests.proof.checks import judge
from tests.proof.faults import Fault
from tests.proof.simulation import Simulation

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


def drivers_watch_the_board(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(channel_access._AT_CONNECT, "driver", ("orders", "driver:{driver_id}"))


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


# Per break: the flow in which it shows, the kind of the fault that it takes, and the invariant that finds it.
BROKEN: dict[Break, tuple[str, str, Callable[[Simulation], None]]] = {
    an_idempotency_key_is_ignored: ("order creation", "die after", invariants.acknowledged_changes_are_stored),
    an_update_has_no_condition: ("status change", "repeat", invariants.acknowledged_changes_are_stored),
    a_repeated_record_makes_a_new_event: (
        "status change",
        "die after",
        invariants.each_change_has_its_event_once_in_order,
    ),
    a_replay_leaves_out_its_last_event: (
        "reconnection",
        "none",
        invariants.each_entitled_client_has_each_event_once_in_order,
    ),
    drivers_watch_the_board: ("assignment", "none", invariants.no_client_received_an_event_of_others),
    each_attempt_of_an_sms_has_its_own_key: ("status change", "lose", invariants.each_sms_is_sent_once),
    delivery_attempts_are_not_recorded: ("assignment", "none", invariants.row_history_and_log_agree),
    a_sent_sms_is_not_counted: ("status change", "none", invariants.money_and_counts_add_up),
    an_sms_with_a_row_counts_as_queued: ("status change", "die before", invariants.nothing_waits),
}


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
def test_a_broken_rule_turns_its_invariant_red(
    broken: Break, prepared: Callable[[str], Simulation], monkeypatch: pytest.MonkeyPatch
) -> None:
    flow, kind, invariant = BROKEN[broken]
    broken(monkeypatch)
    of = prepared(flow)
    failure, calls = judge(of, flow, (), invariant)
    failures: Iterable[str | None]
    if kind == "none":
        failures = [failure]
    else:
        assert failure is None, "this rule matters after a fault only"
        failures = (judge(of, flow, (Fault(call, kind),), invariant)[0] for call in range(len(calls)))
    assert any(invariant.__name__ in (failure or "") for failure in failures)


def test_every_invariant_is_turned_red_by_a_broken_rule() -> None:
    assert {invariant for _, _, invariant in BROKEN.values()} == set(invariants.INVARIANTS)
