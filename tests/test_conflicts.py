"""Writes that meet somebody else's transaction."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from pynamodb.exceptions import UpdateError

from chalicelib.models.base import unconflicted
from chalicelib.models.customer import Customer
from tests.api_client import ApiClient
from tests.calls import listening
from tests.deliveries.doors import confirm, on_the_way, pin_of, step
from tests.factories import Business, order_body


def refused(code: str) -> UpdateError:
    return UpdateError(cause=ClientError({"Error": {"Code": code}}, "UpdateItem"))


def writes(*outcomes: UpdateError | str) -> Callable[[], str]:
    """A write that ends each time as told."""
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
    assert unconflicted(writes(conflict, conflict, "done"), pause=pauses.append) == "done"
    assert len(pauses) == 2


def test_a_conflict_that_lasts_is_raised() -> None:
    conflict = refused("TransactionConflictException")
    with pytest.raises(UpdateError):
        unconflicted(writes(*[conflict] * 50), pause=lambda _: None)


def test_any_other_failure_is_raised_at_once() -> None:
    pauses: list[float] = []
    with pytest.raises(UpdateError):
        unconflicted(writes(refused("ConditionalCheckFailedException"), "done"), pause=pauses.append)
    assert pauses == []


@contextmanager
def conflicts(operation: str, code: str, *, times: int = 2, **reasons: Any) -> Iterator[list[str]]:
    """DynamoDB refuses the first calls of an operation; what it refused."""
    refusals: list[str] = []

    def refuse(model: Any, **_: Any) -> tuple[AWSResponse, dict[str, Any]] | None:
        if len(refusals) == times:
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
