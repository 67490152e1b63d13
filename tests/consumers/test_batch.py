"""Which failures send a record to the dead-letter queue, and which repeat its batch."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, HTTPClientError
from chalice.app import DynamoDBEvent
from pynamodb.exceptions import GetError, PutError

from chalicelib.consumers.batch import Batch, Change
from chalicelib.consumers.dead_letters import sent_ids
from chalicelib.consumers.failures import kind_of
from chalicelib.core.clock import epoch, now
from chalicelib.core.errors import Conflict, NotFound, TooFast, Unavailable
from chalicelib.models.announcement import Announcement
from chalicelib.models.parsing import Unreadable
from chalicelib.realtime.log import LogContended
from tests.consumers.damage import dead_letters

AnnouncementBatch = Batch[Announcement]
WRITTEN = now().replace(microsecond=0)
TENANTS = ("a", "a", "b")


@pytest.fixture(autouse=True)
def forgetful(aws: None) -> None:
    sent_ids.cache_clear()


def record(number: int, tenant_id: str) -> dict[str, Any]:
    image = {
        "tenant_id": {"S": tenant_id},
        "id": {"S": f"id-{number}"},
        "expires_at": {"N": "1"},
        **{name: {"S": "x"} for name in ("channel", "type", "data", "made_by", "created_at", "correlation_id")},
    }
    return {
        "eventID": f"event-{number}",
        "eventName": "INSERT",
        "dynamodb": {
            "Keys": {name: image[name] for name in ("tenant_id", "id")},
            "NewImage": image,
            "SequenceNumber": str(number),
            "ApproximateCreationDateTime": epoch(WRITTEN),
        },
    }


def batch(age: timedelta = timedelta(), **event: Any) -> AnnouncementBatch:
    records = [record(number, tenant_id) for number, tenant_id in enumerate(TENANTS)]
    raw = DynamoDBEvent({"Records": records, **event}, None)
    return Batch("announcements_stream", Announcement, raw, WRITTEN + age, reads_old=False)


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}}, "PutItem")


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (NotFound("no such tenant"), "final"),
        (Unreadable("customers", {}, "missing: name"), "final"),
        (Announcement.DoesNotExist(), "unknown"),
        (GetError("x", error("ThrottlingException")), "outage"),
        (PutError("x", HTTPClientError(error="reset")), "outage"),
        (Conflict("x"), "final"),
        (ValueError("a date that is none"), "final"),
        (KeyError("status"), "final"),
        (error("ValidationException"), "final"),
        (Unavailable("x"), "outage"),
        (TooFast("x", retry_after=1), "outage"),
        (EndpointConnectionError(endpoint_url="x"), "outage"),
        (error("ThrottlingException"), "outage"),
        (error("InternalServerError"), "outage"),
        (LogContended("x"), "outage"),
        (ConnectionResetError(), "outage"),
        (error("ConditionalCheckFailedException"), "unknown"),
        (RuntimeError("a fault of ours"), "unknown"),
        (ExceptionGroup("x", [NotFound("x"), error("ThrottlingException")]), "outage"),
        (ExceptionGroup("x", [NotFound("x"), KeyError("x")]), "final"),
    ],
    ids=repr,
)
def test_temporary_failures_are_distinguished_from_final_ones(failure: Exception, kind: str) -> None:
    assert kind_of(failure) == kind


def test_a_failing_tenants_records_are_followed_one_by_one_and_only_the_bad_one_becomes_a_dead_letter() -> None:
    followed: list[str] = []

    def follow(changes: Sequence[Change[Announcement]]) -> None:
        if any(change.new.id == "id-0" for change in changes):
            raise NotFound("x")
        followed.extend(change.new.id for change in changes)

    batch_ = batch()
    batch_.each_tenant("failed", batch_.changes, follow)
    batch_.finish()
    assert followed == ["id-1", "id-2"]
    assert [dead_letter["record"]["eventID"] for dead_letter in dead_letters()] == ["event-0"]


def test_a_record_that_is_alone_and_fails_for_good_is_not_followed_again() -> None:
    followed: list[str] = []

    def follow(changes: Sequence[Change[Announcement]]) -> None:
        followed.extend(change.new.id for change in changes)
        raise NotFound("x")

    batch_ = batch()
    batch_.each_tenant("failed", [change for change in batch_.changes if change.tenant_id == "b"], follow)
    assert followed == ["id-2"]
    assert [dead_letter["record"]["eventID"] for dead_letter in dead_letters()] == ["event-2"]


def test_an_outage_of_one_tenant_is_raised_after_the_others_were_followed() -> None:
    followed: list[str] = []

    def follow(changes: Sequence[Change[Announcement]]) -> None:
        if changes[0].tenant_id == "a":
            raise Unavailable("x")
        followed.extend(change.new.id for change in changes)

    batch_ = batch()
    batch_.each_tenant("failed", batch_.changes, follow)
    with pytest.RaisesGroup(Unavailable):
        batch_.finish()
    assert followed == ["id-2"]
    assert dead_letters() == []


@pytest.mark.parametrize(("age", "is_set_aside"), [(59, False), (60, True)])
def test_an_unexpected_failure_is_retried_for_a_minute(age: int, is_set_aside: bool) -> None:
    batch_ = batch(timedelta(seconds=age))

    def follow(change: Change[Announcement]) -> None:
        if change.new.id == "id-0":
            raise RuntimeError("a fault of ours")

    batch_.each("failed", batch_.changes, follow)
    if is_set_aside:
        batch_.finish()
    else:
        with pytest.RaisesGroup(RuntimeError):
            batch_.finish()
    assert len(dead_letters()) == is_set_aside


def test_an_outage_is_tried_for_as_long_as_lambda_tries() -> None:
    batch_ = batch(timedelta(minutes=59))

    def follow(_change: Change[Announcement]) -> None:
        raise Unavailable("x")

    batch_.each("failed", batch_.changes, follow)
    with pytest.RaisesGroup(Unavailable, Unavailable, Unavailable):
        batch_.finish()
    assert dead_letters() == []


def test_a_record_of_which_two_things_fail_has_one_letter() -> None:
    batch_ = batch()

    def follow(change: Change[Announcement]) -> None:
        if change.new.id == "id-0":
            raise NotFound("x")

    for _ in range(2):
        batch_.each("failed", batch_.changes, follow)
    batch_.finish()
    assert len(dead_letters()) == 1


def test_records_that_people_bring_again_raise_instead_of_a_second_letter() -> None:
    batch_ = batch(redrive=True)

    def follow(_change: Change[Announcement]) -> None:
        raise NotFound("x")

    batch_.each("failed", batch_.changes[:1], follow)
    with pytest.RaisesGroup(NotFound):
        batch_.finish()
    assert dead_letters() == []


def test_following_all_at_once_falls_back_to_each_tenant() -> None:
    calls: list[int] = []

    def follow(changes: Sequence[Change[Announcement]]) -> None:
        calls.append(len(changes))
        if any(change.tenant_id == "a" for change in changes):
            raise Unavailable("x")

    batch_ = batch()
    batch_.together("failed", batch_.changes, follow)
    with pytest.RaisesGroup(Unavailable):
        batch_.finish()
    assert calls == [3, 2, 1]


def test_a_letter_that_sqs_would_refuse_has_the_record_without_its_images() -> None:
    large = record(0, "a")
    large["dynamodb"]["NewImage"]["data"] = {"S": "瓦" * 100_000}
    raw = DynamoDBEvent({"Records": [large]}, None)
    batch_: AnnouncementBatch = Batch("s", Announcement, raw, moment(), reads_old=False)

    def follow(_change: Change[Announcement]) -> None:
        raise NotFound("x")

    batch_.each("failed", batch_.changes, follow)
    [dead_letter] = dead_letters()
    assert dead_letter["record"]["dynamodb"]["Keys"] == large["dynamodb"]["Keys"]
    assert "NewImage" not in dead_letter["record"]["dynamodb"]


def moment() -> datetime:
    return WRITTEN
