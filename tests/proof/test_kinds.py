"""Tests of the kinds of faults: each of these kinds shows a rule that is broken."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest

from chalicelib.consumers import batch
from chalicelib.core import aws
from chalicelib.models.connection import Subscription
from chalicelib.models.notification import Notification
from chalicelib.models.order import Order
from chalicelib.orders import change, rows
from chalicelib.realtime import log, recipients
from chalicelib.sms import outcomes
from tests.proof.breaks import Break
from tests.proof.checks import calls_of, judge
from tests.proof.faults import Fault
from tests.proof.simulation import Simulation


def an_assignment_has_no_condition(patch: pytest.MonkeyPatch) -> None:
    write = rows.write_order

    def unconditional(principal: Any, order_id: str, actions: Any, _: Any, **options: Any) -> Order:
        return write(principal, order_id, actions, Order.id.exists(), **options)

    patch.setattr(change, "write_order", unconditional)


def an_outcome_of_an_sms_has_no_condition(patch: pytest.MonkeyPatch) -> None:
    write = outcomes._counted

    def unconditional(row: Any, actions: Any, _: Any, *values: Any) -> bool:
        return write(row, actions, Notification.id.exists(), *values)

    patch.setattr(outcomes, "_counted", unconditional)


def subscribers_are_read_from_the_first_page_only(patch: pytest.MonkeyPatch) -> None:
    def first(key: str) -> list[dict[str, Any]]:
        found = aws.client("dynamodb").query(
            TableName=str(Subscription.Meta.table_name),
            KeyConditionExpression="channel_key = :key",
            ExpressionAttributeValues={":key": {"S": key}},
        )
        items: list[dict[str, Any]] = found["Items"]
        return items

    patch.setattr(recipients, "_subscriptions", first)


def a_claim_of_an_event_expires_within_a_day(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(log, "_CLAIM_RETENTION", timedelta(hours=1))


class _NeverRaised(Exception):
    """In place of Unreadable."""


def an_unreadable_record_fails_its_batch(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(batch, "Unreadable", _NeverRaised)


# Per break: the flow, the kind of the fault, and the text of the calls at which it shows.
_BROKEN: Final[dict[Break, tuple[str, str, str]]] = {
    an_assignment_has_no_condition: ("assignment", "delay", "api_handler dynamodb.UpdateItem"),
    an_outcome_of_an_sms_has_no_condition: ("status change", "late", "send_sms dynamodb.TransactWriteItems"),
    subscribers_are_read_from_the_first_page_only: ("subscription", "part", "orders_stream dynamodb.Query"),
    a_claim_of_an_event_expires_within_a_day: ("status change", "a day later", "orders_stream stream"),
    an_unreadable_record_fails_its_batch: ("status change", "unreadable", "orders_stream stream"),
}


@pytest.mark.parametrize("broken", _BROKEN, ids=lambda broken: broken.__name__)
def test_a_kind_of_fault_shows_a_broken_rule(
    broken: Break, prepared: Callable[[str], Simulation], monkeypatch: pytest.MonkeyPatch
) -> None:
    flow, kind, at = _BROKEN[broken]
    of = prepared(flow)
    faults = [Fault(number, kind) for number, call in enumerate(calls_of(of, flow)) if at in call]
    broken(monkeypatch)
    assert any(judge(of, flow, (fault,))[0] for fault in faults)
    assert judge(of, flow, ())[0] is None, "this rule matters after a fault only"
