import threading

import pytest

from chalicelib.models.notification import Notification
from chalicelib.models.tenant import Tenant
from chalicelib.sms import sending
from chalicelib.sms.claims import Task
from chalicelib.sms.outcomes import Next
from chalicelib.sms.providers import NoProvider
from chalicelib.sms.providers.base import Outcome, OutgoingSms, PermanentFailure, TemporaryFailure
from chalicelib.sms.queueing import queue_sms
from chalicelib.sms.sending import send_all
from chalicelib.sms.stats import Today, today
from tests.sms.fakes import Clock, FakeProvider, always, facts, make_order, make_tenant, stored, task_for

pytestmark = pytest.mark.usefixtures("aws")

NOT_NOW = TemporaryFailure("http_503", unclear=True)


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant()


@pytest.fixture
def row(tenant: Tenant) -> Notification:
    return queued(tenant)


def queued(tenant: Tenant, phone: str = "0912345678") -> Notification:
    row = queue_sms(make_order(tenant, customer_phone=phone), tenant, "corr-1")
    assert row is not None
    return row


def send(row: Notification, provider: FakeProvider, now: Clock | None = None, *, last: bool = False) -> bool:
    [done] = send_all([task_for(row, last_attempt=last)], provider_for=always(provider), now=now or Clock())
    return done is Next.DONE


def test_a_queued_sms_is_sent_and_its_row_is_updated(row: Notification) -> None:
    provider = FakeProvider()
    assert send(row, provider)
    assert provider.messages == [OutgoingSms(row.id, "+886912345678", row.content)]
    assert facts(row, "status", "attempts", "error") == ("sent", 1, None)
    assert facts(row, "provider", "provider_message_id") == ("fake", f"fake-{row.id}")
    assert stored(row).sent_at == "2026-11-22T04:00:00.000Z"
    assert stored(row).sending_since is None
    assert today(Clock()) == Today(sent=1, failed=0)


def test_a_text_whose_recipient_was_deleted_is_not_sent(row: Notification) -> None:
    row.update([Notification.recipient.remove()])
    provider = FakeProvider()
    assert send(row, provider)
    assert provider.messages == []
    assert facts(row, "status", "error") == ("skipped", "opted_out")


def test_ten_messages_for_one_text_send_it_once(row: Notification) -> None:
    provider = FakeProvider()
    assert all(send(row, provider) for _ in range(10))
    assert len(provider.messages) == 1
    assert today(Clock()) == Today(sent=1, failed=0)


def test_the_same_text_twice_in_a_batch_is_sent_once_and_the_second_comes_again(row: Notification) -> None:
    provider = FakeProvider()
    assert send_all([task_for(row)] * 2, provider_for=always(provider), now=Clock()) == [Next.DONE, Next.AGAIN]
    assert len(provider.messages) == 1
    assert send(row, provider)
    assert len(provider.messages) == 1


def test_a_provider_that_is_down_and_comes_back(row: Notification) -> None:
    provider = FakeProvider(NOT_NOW, TemporaryFailure("http_429"))
    assert not send(row, provider)
    assert facts(row, "status", "error", "attempts") == ("queued", "http_503", 1)
    assert not send(row, provider)
    assert today(Clock()) == Today(0, 0)
    assert send(row, provider)
    assert facts(row, "status", "error", "attempts") == ("sent", None, 3)
    assert today(Clock()) == Today(sent=1, failed=0)


def test_a_refused_text_fails_at_once_and_is_not_tried_again(row: Notification) -> None:
    provider = FakeProvider(PermanentFailure("http_400"))
    assert send(row, provider)
    assert facts(row, "status", "error", "provider") == ("failed", "http_400", "fake")
    assert not stored(row).maybe_delivered
    assert send(row, provider)
    assert len(provider.messages) == 1
    assert today(Clock()) == Today(sent=0, failed=1)


def test_the_last_attempt_in_vain_fails_the_row_and_still_parks_the_message(row: Notification) -> None:
    assert not send(row, FakeProvider(NOT_NOW), last=True)
    assert facts(row, "status", "error") == ("failed", "retries_exhausted: http_503")
    assert stored(row).maybe_delivered
    assert today(Clock()) == Today(sent=0, failed=1)


def test_a_redriven_text_is_sent(row: Notification) -> None:
    send(row, FakeProvider(TemporaryFailure("http_429")), last=True)
    assert send(row, FakeProvider())
    assert facts(row, "status", "error") == ("sent", None)


def test_a_redriven_text_that_was_refused_stays_refused(row: Notification) -> None:
    send(row, FakeProvider(PermanentFailure("http_400")))
    provider = FakeProvider()
    assert send(row, provider)
    assert provider.messages == []
    assert stored(row).status == "failed"


def test_one_text_in_trouble_does_not_touch_the_others(tenant: Tenant) -> None:
    broken, healthy = FakeProvider(RuntimeError("a bug")), FakeProvider()
    other = make_tenant()
    bad, good = queued(tenant), queued(other)

    def provider_for(tenant_id: str) -> FakeProvider:
        return broken if tenant_id == tenant.id else healthy

    tasks = [task_for(bad), Task(tenant.id, "no#such#row", "corr-2", last_attempt=False), task_for(good)]
    assert send_all(tasks, provider_for=provider_for, now=Clock()) == [Next.AGAIN, Next.DONE, Next.DONE]
    assert facts(bad, "status", "error") == ("queued", "provider_broken: RuntimeError")
    assert stored(bad).maybe_delivered
    assert stored(good).status == "sent"


def test_a_call_to_a_provider_that_never_answers_times_out_and_the_others_are_sent(tenant: Tenant) -> None:
    released = threading.Event()

    class Silent(FakeProvider):
        def send(self, message: OutgoingSms) -> Outcome:
            released.wait()
            return super().send(message)

    other = make_tenant()
    silent, healthy = Silent(), FakeProvider()
    bad, good = queued(tenant), queued(other)
    try:
        done = send_all(
            [task_for(bad), task_for(good)],
            provider_for=lambda tenant_id: silent if tenant_id == tenant.id else healthy,
            now=Clock(),
            patience=0.2,
        )
    finally:
        released.set()
    assert done == [Next.AGAIN, Next.DONE]
    assert facts(bad, "status", "error", "maybe_delivered") == ("queued", "timeout", True)
    assert stored(good).status == "sent"


def test_the_providers_of_a_batch_are_asked_at_the_same_time(tenant: Tenant) -> None:
    together = threading.Barrier(sending.CONCURRENCY, timeout=30)

    class Meeting(FakeProvider):
        def send(self, message: OutgoingSms) -> Outcome:
            together.wait()  # continues when all threads are here
            return super().send(message)

    provider = Meeting()
    tasks = [task_for(queued(tenant)) for _ in range(sending.CONCURRENCY)]
    assert set(send_all(tasks, provider_for=always(provider), now=Clock())) == {Next.DONE}
    assert len(provider.delivered) == sending.CONCURRENCY
    assert today(Clock()) == Today(sent=sending.CONCURRENCY, failed=0)


def test_a_provider_taken_away_after_queueing_fails_the_text(row: Notification) -> None:
    def none(tenant_id: str) -> FakeProvider:
        raise NoProvider(tenant_id)

    assert send_all([task_for(row)], provider_for=none, now=Clock()) == [Next.DONE]
    assert facts(row, "status", "error") == ("failed", "no_provider")


def test_a_key_that_is_missing_is_waited_for(row: Notification) -> None:
    # The tenant's own provider, whose key is not in Parameter Store.
    assert send_all([task_for(row)], now=Clock()) == [Next.AGAIN]
    assert facts(row, "status", "error", "maybe_delivered") == ("queued", "provider_unusable", None)


def test_skipped_texts_are_never_sent(tenant: Tenant) -> None:
    provider = FakeProvider()
    row = queued(tenant, phone="02-23456789")
    assert send(row, provider)
    assert provider.messages == []
    assert stored(row).status == "skipped"
