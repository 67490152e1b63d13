import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from chalice.app import Chalice

from chalicelib.consumers import send_sms
from chalicelib.consumers.send_sms import MAX_RECEIVES, delay_before_next, handle
from chalicelib.core import aws as clients
from chalicelib.core.logs import HANDLER
from chalicelib.core.settings import settings
from chalicelib.models.notification import Notification
from chalicelib.sms.claims import LEASE
from chalicelib.sms.providers.base import PermanentFailure, TemporaryFailure
from chalicelib.sms.queue import QueuedSms, message_for
from chalicelib.sms.queueing import queue_sms
from tests.aws_in_process import resources
from tests.sms.fakes import Clock, FakeProvider, always, make_order, make_tenant, sqs_record, stored

pytestmark = pytest.mark.usefixtures("aws")

NOT_NOW = TemporaryFailure("http_503")


def queued() -> Notification:
    tenant = make_tenant()
    row = queue_sms(make_order(tenant), tenant, "corr-1")
    assert row is not None
    return row


def record_for(row: Notification, *, receives: int = 1, receipt: str | None = None) -> Mapping[str, Any]:
    body = msgspec.json.encode(message_for(row)).decode()
    return sqs_record(body, receives=receives, receipt=receipt)


def failures(answer: Mapping[str, Any]) -> list[str]:
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def run(provider: FakeProvider, *records: Mapping[str, Any]) -> list[str]:
    answer = handle({"Records": list(records)}, provider_for=always(provider), now=Clock(), jitter=lambda: 0.0)
    return failures(answer)


def from_the_queue() -> Mapping[str, Any] | None:
    answer = clients.client("sqs").receive_message(
        QueueUrl=settings().sms_queue_url, AttributeNames=["ApproximateReceiveCount"]
    )
    for message in answer.get("Messages", []):
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message["Attributes"],
        }
    return None


def dead_letters() -> list[QueuedSms]:
    answer = clients.client("sqs").receive_message(
        QueueUrl=settings().sms_dead_letter_queue_url, MaxNumberOfMessages=10
    )
    return [msgspec.json.decode(message["Body"], type=QueuedSms) for message in answer.get("Messages", [])]


@contextmanager
def logged() -> Iterator[list[dict[str, Any]]]:
    """The lines that are logged inside, as they leave the process; filled at the end."""
    lines: list[dict[str, Any]] = []
    text = io.StringIO()
    before = HANDLER.setStream(text)
    try:
        yield lines
    finally:
        HANDLER.setStream(before)
    lines += [msgspec.json.decode(line) for line in text.getvalue().splitlines()]


def test_a_message_from_the_queue_is_sent_and_done_with() -> None:
    row, provider = queued(), FakeProvider()
    record = from_the_queue()
    assert record is not None
    assert run(provider, record) == []
    assert provider.phones == ["+886912345678"]
    assert stored(row).status == "sent"


def test_ten_repeats_of_record_and_message_send_one_text() -> None:
    tenant, provider = make_tenant(), FakeProvider()
    order = make_order(tenant)
    for _ in range(10):
        queue_sms(order, tenant, "corr-1")
    received = 0
    while (record := from_the_queue()) is not None:
        received += 1
        run(provider, record)
    assert received == 10
    assert len(provider.messages) == 1


def test_only_the_records_that_failed_come_again() -> None:
    rows = [queued() for _ in range(3)]
    records = [record_for(row) for row in rows]
    down = FakeProvider(NOT_NOW)
    healthy = FakeProvider()
    answer = handle(
        {"Records": records},
        provider_for=lambda tenant_id: down if tenant_id == rows[1].tenant_id else healthy,
        now=Clock(),
    )
    assert failures(answer) == [records[1]["messageId"]]
    assert [stored(row).status for row in rows] == ["sent", "queued", "sent"]


def test_a_refused_text_does_not_come_again() -> None:
    row = queued()
    assert run(FakeProvider(PermanentFailure("http_400")), record_for(row)) == []
    assert stored(row).status == "failed"


def test_a_failed_message_is_hidden_for_its_backoff_and_comes_back() -> None:
    row = queued()
    record = from_the_queue()
    assert record is not None
    assert run(FakeProvider(NOT_NOW), record) == [record["messageId"]]
    assert from_the_queue() is None
    assert stored(row).status == "queued"


def test_an_sms_that_fails_eight_times_while_others_are_sent_becomes_a_dead_letter_and_can_be_redriven() -> None:
    tenant = make_tenant()
    row = queue_sms(make_order(tenant), tenant, "corr-1")
    assert row is not None
    for receives in range(1, MAX_RECEIVES + 1):
        assert stored(row).status == "queued"
        record = record_for(row, receives=receives)
        other = queue_sms(make_order(tenant), tenant, "corr-1")
        assert other is not None
        assert run(FakeProvider(NOT_NOW), record) == ([record["messageId"]] if receives < MAX_RECEIVES else [])
        assert run(FakeProvider(), record_for(other)) == []
    assert (stored(row).status, stored(row).error) == ("failed", "retries_exhausted: http_503")
    assert stored(row).attempts == MAX_RECEIVES
    assert dead_letters() == [message_for(row)]

    provider = FakeProvider()
    assert run(provider, record_for(row, receives=1)) == []
    assert stored(row).status == "sent"
    assert len(provider.delivered) == 1


@pytest.mark.parametrize("body", ["", "hello", "[]", "{}", '{"tenant_id": 1}', "null"])
def test_a_message_that_is_not_ours_goes_the_way_to_the_dead_letters(body: str) -> None:
    row, provider = queued(), FakeProvider()
    stranger = sqs_record(body)
    assert run(provider, stranger, record_for(row)) == [stranger["messageId"]]
    assert stored(row).status == "sent"


def test_the_delays_double_up_to_five_minutes_and_jitter_takes_up_to_half() -> None:
    assert [delay_before_next(n, 0.0) for n in range(1, MAX_RECEIVES)] == [5, 10, 20, 40, 80, 160, 300]
    assert [delay_before_next(n, 1.0) for n in (2, 4, 7)] == [5, 20, 150]


def test_one_line_is_logged_with_the_message_s_correlation_id() -> None:
    row = queued()
    with logged() as lines:
        run(FakeProvider(), record_for(row))
    assert {line["correlation_id"] for line in lines} == {"corr-1"}
    assert [line["message"] for line in lines] == ["sms_sent", "sms_batch_done"]
    assert "0912345678" not in str(lines)
    assert "+886912345678" not in str(lines)


def test_the_function_is_registered_for_batches() -> None:
    app = Chalice("test")
    app.register_blueprint(send_sms.bp)
    [source] = app.event_sources
    assert (source.name, source.batch_size) == ("send_sms", 10)
    assert send_sms.send_sms({"Records": []}, None) == {"batchItemFailures": []}


def test_the_queue_of_the_template_fits_the_code() -> None:
    queue = resources()["SmsQueue"]["Properties"]
    assert queue["RedrivePolicy"]["maxReceiveCount"] == MAX_RECEIVES
    # A message whose function died must become visible when its row's lease ends, not earlier.
    assert queue["VisibilityTimeout"] > LEASE.total_seconds()
