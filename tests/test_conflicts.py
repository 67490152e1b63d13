"""Writes that meet somebody else's transaction."""

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError
from pynamodb.exceptions import UpdateError

from chalicelib.models.base import unconflicted


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
