"""Writes that conflict with a transaction of another request."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from pynamodb.exceptions import UpdateError

from chalicelib.core.errors import Busy
from chalicelib.models.base import retry_on_conflict
from chalicelib.models.customer import Customer
from tests.api_client import ApiClient
from tests.calls import listening
from tests.deliveries.doors import confirm, on_the_way, pin_of, step
from tests.factories import Business, order_body
from tests.world import World


def refused(code: str) -> UpdateError:
    return UpdateError(cause=ClientError({"Error": {"Code": code}}, "UpdateItem"))


def writes(*outcomes: UpdateError | str) -> Callable[[], str]:
    """A write with these outcomes, one after the other."""
    left = iter(outcomes)

    def write() -> str:
        outcome = next(left)
        if isinstance(outcome, UpdateError):
            raise outcome
        return outcome

    return write


def test_a_conflict_is_tried_again_after_a_pause() -> None:
    pauses: list[float] = []
    conflict = refused("TransactionConflictException")
    assert retry_on_conflict(writes(conflict, conflict, "done"), pause=pauses.append) == "done"
    assert len(pauses) == 2


def test_a_conflict_that_lasts_is_raised() -> None:
    conflict = refused("TransactionConflictException")
    with pytest.raises(Busy):
        retry_on_conflict(writes(*[conflict] * 50), pause=lambda _: None)


def test_any_other_failure_is_raised_at_once() -> None:
    pauses: list[float] = []
    with pytest.raises(UpdateError):
        retry_on_conflict(writes(refused("ConditionalCheckFailedException"), "done"), pause=pauses.append)
    assert pauses == []


@contextmanager
def conflicts(
    operation: str, code: str, *, times: int = 2, table: str = "", **reasons: Any
) -> Iterator[list[str]]:
    """DynamoDB refuses the first calls of an operation. Yields the refused calls. table: only calls on it."""
    refusals: list[str] = []

    def refuse(model: Any, params: Any, **_: Any) -> tuple[AWSResponse, dict[str, Any]] | None:
        if len(refusals) == times or table not in str(params["body"]):
            return None
        refusals.append(model.name)
        return AWSResponse("", 400, {}, None), {"Error": {"Code": code, "Message": code}, **reasons}

    with listening(f"before-call.dynamodb.{operation}", refuse):
        yield refusals


def test_every_way_of_changing_an_order_waits_for_a_transaction_on_its_row(api: ApiClient, gas: Business) -> None:
    order_id = on_the_way(api, gas)
    path = f"/v1/orders/{order_id}"
    for change in (
        lambda: step(api, gas, order_id, "failed"),
        lambda: step(api, gas, order_id, "confirmed"),
        lambda: api.post(f"{path}/assign", {"driver_id": gas.driver.id}, as_=gas.staff),
        lambda: api.patch(path, {"notes": "x"}, as_=gas.staff),
        lambda: api.post(f"{path}/payment", {"payment_status": "paid"}, as_=gas.staff),
        lambda: step(api, gas, order_id, "delivering"),
        lambda: confirm(api, gas, order_id, "pin", pin=pin_of(api, gas, order_id)),
    ):
        with conflicts("UpdateItem", "TransactionConflictException") as refused_calls:
            answer = change()
        assert answer.status == 200, answer.body
        assert len(refused_calls) == 2


def test_a_row_that_is_put_or_deleted_waits_too(gas: Business) -> None:
    assert gas.customer is not None
    with conflicts("PutItem", "TransactionConflictException") as refused_calls:
        gas.customer.save()
    with conflicts("DeleteItem", "TransactionConflictException") as more:
        gas.customer.delete()
    assert (len(refused_calls), len(more), Customer.count()) == (2, 2, 0)


def test_the_same_request_at_the_same_moment_is_answered_like_the_first(api: ApiClient, gas: Business) -> None:
    headers = {"Idempotency-Key": "k"}
    reasons = [{"Code": "None"}, {"Code": "TransactionConflict"}]
    code = "TransactionCanceledException"
    with conflicts("TransactWriteItems", code, CancellationReasons=reasons) as refused_calls:
        answer = api.post("/v1/orders", order_body(gas), as_=gas.staff, headers=headers)
    assert (answer.status, len(refused_calls)) == (201, 2)


@pytest.mark.parametrize(
    ("operation", "code", "reasons"),
    [
        ("TransactWriteItems", "TransactionCanceledException", [{"Code": "TransactionConflict"}]),
        ("UpdateItem", "TransactionConflictException", None),
    ],
)
def test_a_conflict_that_lasts_is_answered_with_when_to_try_again(
    world: World, gas: Business, operation: str, code: str, reasons: list[dict[str, str]] | None
) -> None:
    order = world.api.post("/v1/orders", order_body(gas), as_=gas.staff).body
    office = world.connect(gas.staff)
    sent = {"type": "order_update", "order_id": order["id"], "status": "confirmed"}
    method, path, body = "PATCH", f"/v1/orders/{order['id']}", {"notes": "x"}
    table = "-orders"
    if operation == "TransactWriteItems":
        sent = {"type": "subscribe", "channel": f"order:{order['id']}"}
        method, path, body, table = "POST", "/v1/orders", order_body(gas), ""
    more = {} if reasons is None else {"CancellationReasons": reasons}
    with conflicts(operation, code, times=100, table=table, **more):
        answer = world.api.call(method, path, body, as_=gas.staff)
        world.send(office, sent)
    assert (answer.status, answer.body["code"], answer.headers["retry-after"]) == (503, "busy", "1")
    assert (world.received(office)[-1]["type"], world.received(office)[-1]["code"]) == ("error", "busy")


def test_a_transaction_that_the_database_cannot_take_is_no_accident(api: ApiClient, gas: Business) -> None:
    reasons = [{"Code": "ThrottlingError"}]
    with conflicts("TransactWriteItems", "TransactionCanceledException", times=9, CancellationReasons=reasons):
        answer = api.post("/v1/orders", order_body(gas), as_=gas.staff)
    assert (answer.status, answer.body["code"]) == (503, "unavailable")
