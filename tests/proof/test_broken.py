"""Tests of the tests: each invariant turns red for code in which the rule behind it is broken."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

import pytest

from tests.proof import breaks, invariants
from tests.proof.breaks import Break
from tests.proof.checks import judge
from tests.proof.faults import Fault
from tests.proof.simulation import Simulation


class Shows(NamedTuple):
    """Where a break shows: in this flow, by this invariant.

    kind, at: the fault that it takes, at one of the calls whose description has this text. None: no fault.
    """

    flow: str
    invariant: invariants.Invariant
    kind: str | None = None
    at: str = ""


_BROKEN: Final[Mapping[Break, Shows]] = {
    breaks.an_idempotency_key_is_ignored: Shows(
        "order creation", invariants.acknowledged_changes_are_stored, "die after", "api_handler"
    ),
    breaks.an_update_has_no_condition: Shows(
        "status change", invariants.acknowledged_changes_are_stored, "repeat", "api_handler"
    ),
    breaks.a_repeated_record_makes_a_new_event: Shows(
        "status change", invariants.each_change_has_its_event_once_in_order, "die after", "orders_stream"
    ),
    breaks.the_head_of_the_log_has_no_condition: Shows(
        "publication", invariants.each_change_has_its_event_once_in_order, "overtake", "TransactWriteItems"
    ),
    breaks.a_replay_leaves_out_its_last_event: Shows(
        "reconnection", invariants.each_entitled_client_has_each_event_once_in_order
    ),
    breaks.events_are_posted_before_they_are_logged: Shows(
        "publication", invariants.each_entitled_client_has_each_event_once_in_order, "overtake", "orders_stream"
    ),
    breaks.the_audience_is_read_before_the_log_is_written: Shows(
        "subscription",
        invariants.undisturbed_clients_have_each_event_without_asking,
        "overtake",
        "TransactWriteItems",
    ),
    breaks.a_subscription_is_stored_after_the_log_is_read: Shows(
        "subscription",
        invariants.undisturbed_clients_have_each_event_without_asking,
        "overtake",
        "websocket_message",
    ),
    breaks.a_welcome_has_no_stored_messages: Shows(
        "return", invariants.undisturbed_clients_have_each_event_without_asking
    ),
    breaks.drivers_watch_the_board: Shows("assignment", invariants.no_client_received_an_event_of_others),
    breaks.a_driver_who_loses_an_order_stays_subscribed: Shows(
        "reassignment", invariants.no_client_received_an_event_of_others
    ),
    breaks.each_attempt_of_an_sms_has_its_own_key: Shows(
        "status change", invariants.each_sms_is_sent_once, "lose", "provider.send"
    ),
    breaks.an_sms_is_not_claimed: Shows(
        "provider without keys", invariants.each_sms_is_sent_once, "overtake", "send_sms"
    ),
    breaks.an_sms_is_claimed_after_the_providers_call: Shows(
        "provider without keys", invariants.each_sms_is_sent_once, "die before", "send_sms"
    ),
    breaks.delivery_attempts_are_not_recorded: Shows("assignment", invariants.row_history_and_log_agree),
    breaks.a_sent_sms_is_not_counted: Shows("status change", invariants.money_and_counts_add_up),
    breaks.a_repeated_record_of_a_route_makes_a_new_event: Shows(
        "start of a route",
        invariants.each_version_of_a_route_has_its_event_once_in_order,
        "die after",
        "routes_stream",
    ),
    breaks.rows_of_a_file_are_planned_again: Shows(
        "import", invariants.each_row_of_a_file_is_written_once, "die after", "TransactWriteItems"
    ),
    breaks.a_used_refresh_token_ends_no_session: Shows(
        "sign-in", invariants.one_session_lives_and_only_its_newest_token_works
    ),
    breaks.a_right_password_is_not_refunded: Shows(
        "sign-in", invariants.one_session_lives_and_only_its_newest_token_works
    ),
    breaks.an_sms_with_a_row_counts_as_queued: Shows(
        "status change", invariants.nothing_waits, "die before", "orders_stream"
    ),
}


@pytest.mark.parametrize("broken", _BROKEN, ids=lambda broken: broken.__name__)
def test_a_broken_rule_turns_its_invariant_red(
    broken: Break, prepared: Callable[[str], Simulation], monkeypatch: pytest.MonkeyPatch
) -> None:
    flow, invariant, kind, at = _BROKEN[broken]
    broken(monkeypatch)
    of = prepared(flow)
    failure, calls = judge(of, flow, (), invariant)
    if kind is None:
        failures: Iterable[str | None] = [failure]
    else:
        assert failure is None, "this rule matters after a fault only"
        faults = [Fault(number, kind) for number, call in enumerate(calls) if at in call]
        failures = (judge(of, flow, (fault,), invariant)[0] for fault in faults)
    assert any(invariant.__name__ in (failure or "") for failure in failures)


def test_every_invariant_is_turned_red_by_a_broken_rule() -> None:
    assert {shows.invariant for shows in _BROKEN.values()} == set(invariants.INVARIANTS)
