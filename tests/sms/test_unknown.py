"""SMS whose delivery is unclear: they are not sent twice, and a receipt corrects them."""

from datetime import timedelta

import pytest

from chalicelib.auth.links import RECEIPT, store_link
from chalicelib.core.errors import NotFound
from chalicelib.models.notification import Notification
from chalicelib.sms.outcomes import Next
from chalicelib.sms.providers.base import Outcome, PermanentFailure, Receipt, Sent, TemporaryFailure
from chalicelib.sms.queueing import queue_sms
from chalicelib.sms.receipts import record_receipt
from chalicelib.sms.sending import send_all
from tests.sms.fakes import Clock, FakeProvider, always, claimed, facts, make_order, make_tenant, stored, task_for

pytestmark = pytest.mark.usefixtures("aws")

LOST = TemporaryFailure("timeout", unclear=True)
FORGETFUL = timedelta(0)


@pytest.fixture
def now() -> Clock:
    return Clock()


@pytest.fixture
def row(now: Clock) -> Notification:
    tenant = make_tenant()
    row = queue_sms(make_order(tenant), tenant, "corr-1", now=now)
    assert row is not None
    store_link(row.receipt_code, RECEIPT, row.tenant_id, row.id, lasts=timedelta(days=7), now=now())
    return row


def send(row: Notification, provider: FakeProvider, now: Clock) -> Next:
    [then] = send_all([task_for(row)], provider_for=always(provider), now=now)
    return then


def forgetful(*script: Outcome) -> FakeProvider:
    """A provider that sends every request, also the same one twice."""
    return FakeProvider(*script, dedupes_for=FORGETFUL)


def test_a_lost_answer_of_a_provider_that_does_not_dedupe_is_not_asked_for_again(
    row: Notification, now: Clock
) -> None:
    provider = forgetful(LOST)
    assert send(row, provider, now) is Next.DONE
    assert facts(row, "status", "error", "maybe_delivered") == ("unknown", "timeout", True)
    assert send(row, provider, now) is Next.DONE
    assert len(provider.messages) == 1


def test_a_clear_failure_of_such_a_provider_is_tried_again(row: Notification, now: Clock) -> None:
    provider = forgetful(TemporaryFailure("http_429"))
    assert send(row, provider, now) is Next.AGAIN
    assert send(row, provider, now) is Next.DONE
    assert stored(row).status == "sent"


def test_a_sender_that_died_with_such_a_provider_leaves_it_unknown(row: Notification, now: Clock) -> None:
    claimed(row, now())
    now.forward(minutes=3)
    provider = forgetful()
    assert send(row, provider, now) is Next.DONE
    assert provider.messages == []
    assert facts(row, "status", "error") == ("unknown", "sender_died")


def test_a_repeat_after_the_provider_has_forgotten_the_key_is_not_made(row: Notification, now: Clock) -> None:
    provider = FakeProvider(LOST, dedupes_for=timedelta(hours=12))
    assert send(row, provider, now) is Next.AGAIN
    now.forward(hours=12)
    assert send(row, provider, now) is Next.DONE
    assert len(provider.messages) == 1
    assert stored(row).status == "unknown"


@pytest.mark.parametrize("before", ["queued", "sending", "sent", "failed", "unknown"])
def test_a_receipt_of_delivery_is_final_whatever_the_status_was(
    row: Notification, now: Clock, before: str
) -> None:
    row.update([*row.becomes(before), Notification.error.set("x"), Notification.maybe_delivered.set(True)])
    record_receipt(row.receipt_code, Receipt("m-1", "delivered"), now())
    assert facts(row, "status", "error", "maybe_delivered") == ("delivered", None, None)
    assert facts(row, "provider_message_id", "delivered_at") == ("m-1", "2026-11-22T04:00:00.000Z")
    record_receipt(row.receipt_code, Receipt("m-1", "failed", "receipt_8"), now())
    assert stored(row).status == "delivered"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("sent", "failed"),
        ("unknown", "failed"),
        ("queued", "queued"),
        ("sending", "sending"),
        ("skipped", "skipped"),
    ],
)
def test_a_failure_receipt_counts_for_sent_sms(row: Notification, now: Clock, before: str, after: str) -> None:
    row.update(row.becomes(before))
    record_receipt(row.receipt_code, Receipt("m-1", "failed", "receipt_6"), now())
    assert stored(row).status == after


def test_a_receipt_on_the_way_changes_nothing(row: Notification, now: Clock) -> None:
    record_receipt(row.receipt_code, Receipt("m-1", "pending"), now())
    assert stored(row).status == "queued"


def test_a_receipt_before_the_providers_own_answer_is_not_undone_by_it(row: Notification, now: Clock) -> None:
    class Quick(FakeProvider):
        def send(self, message: object) -> Outcome:
            record_receipt(row.receipt_code, Receipt("m-1", "delivered"), now())
            return Sent("m-1")

    send(row, Quick(), now)
    assert stored(row).status == "delivered"


def test_a_receipt_for_an_earlier_sending_does_not_change_the_new_one(row: Notification, now: Clock) -> None:
    old = row.receipt_code
    row.update([*row.becomes("sent"), Notification.receipt_code.set("another")])
    record_receipt(old, Receipt("m-1", "failed", "receipt_6"), now())
    assert stored(row).status == "sent"


def test_a_receipt_with_an_unknown_code_is_refused(row: Notification, now: Clock) -> None:
    with pytest.raises(NotFound):
        record_receipt("guessed", Receipt("m-1", "delivered"), now())
    now.forward(days=8)
    with pytest.raises(NotFound):
        record_receipt(row.receipt_code, Receipt("m-1", "delivered"), now())


def test_a_refusal_is_clear_also_where_the_provider_does_not_dedupe(row: Notification, now: Clock) -> None:
    send(row, forgetful(PermanentFailure("sns_OptedOut")), now)
    assert facts(row, "status", "maybe_delivered") == ("failed", None)
