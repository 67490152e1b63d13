"""No SMS is sent to a provider that is down, and all waiting ones are sent when it works again."""

import msgspec
import pytest

from chalicelib.consumers.send_sms import WAITS_SECONDS, handle
from chalicelib.core import aws as clients
from chalicelib.core.settings import settings
from chalicelib.models.notification import Notification
from chalicelib.models.tenant import Tenant
from chalicelib.sms import circuit
from chalicelib.sms.circuit import PAUSE_SECONDS, THRESHOLD, gate
from chalicelib.sms.claims import Task
from chalicelib.sms.outcomes import Next
from chalicelib.sms.probes import probe_providers
from chalicelib.sms.providers.base import Outcome, OutgoingSms, PermanentFailure, Sent, TemporaryFailure
from chalicelib.sms.queue import message_for
from chalicelib.sms.queueing import queue_sms
from chalicelib.sms.sending import send_all
from tests.sms.fakes import Clock, FakeProvider, always, make_order, make_tenant, sqs_record, stored, task_for

pytestmark = pytest.mark.usefixtures("aws")

DOWN = TemporaryFailure("http_503")


class Provider(FakeProvider):
    """A provider that is up or down as the test sets; counts its calls."""

    def __init__(self) -> None:
        super().__init__()
        self.up = True
        self.probed = 0

    def send(self, message: OutgoingSms) -> Outcome:
        if self.up:
            return super().send(message)
        self.messages.append(message)
        return DOWN

    def probe(self) -> str | None:
        self.probed += 1
        return None if self.up else "http_503"


def queued(tenant: Tenant) -> Notification:
    row = queue_sms(make_order(tenant), tenant, "corr-1")
    assert row is not None
    return row


def fail(tenant: Tenant, times: int, now: Clock) -> None:
    for _ in range(times):
        send_all([task_for(queued(tenant))], provider_for=always(FakeProvider(DOWN)), now=now)


def test_five_consecutive_failures_open_the_circuit_and_stop_calls() -> None:
    tenant, now, provider = make_tenant(), Clock(), FakeProvider()
    fail(tenant, THRESHOLD - 1, now)
    assert gate(tenant.id, now()).wait == 0
    fail(tenant, 1, now)
    assert gate(tenant.id, now()).wait == PAUSE_SECONDS
    row = queued(tenant)
    assert send_all([task_for(row)], provider_for=always(provider), now=now) == [Next.LATER]
    assert provider.messages == []
    assert (stored(row).status, stored(row).attempts) == ("queued", 0)


def test_another_tenants_provider_is_not_concerned() -> None:
    tenant, other, now = make_tenant(), make_tenant(), Clock()
    fail(tenant, THRESHOLD, now)
    assert send_all([task_for(queued(other))], provider_for=always(FakeProvider()), now=now) == [Next.DONE]


@pytest.mark.parametrize("answer", [Sent("m"), PermanentFailure("http_400")])
def test_any_answer_in_between_restarts_the_count(answer: Outcome) -> None:
    tenant, now = make_tenant(), Clock()
    for _ in range(3):
        fail(tenant, THRESHOLD - 1, now)
        send_all([task_for(queued(tenant))], provider_for=always(FakeProvider(answer)), now=now)
    assert gate(tenant.id, now()) == circuit.Gate()


def test_after_the_pause_one_text_of_many_is_tried_and_opens_the_way_for_all() -> None:
    tenant, now, provider = make_tenant(), Clock(), Provider()
    fail(tenant, THRESHOLD, now)
    now.forward(seconds=PAUSE_SECONDS)
    tasks = [task_for(queued(tenant)) for _ in range(3)]
    assert send_all(tasks, provider_for=always(provider), now=now) == [Next.DONE, Next.LATER, Next.LATER]
    assert send_all(tasks, provider_for=always(provider), now=now) == [Next.DONE] * 3
    assert len(provider.delivered) == 3


def test_two_functions_at_once_try_one_text_between_them() -> None:
    tenant, now = make_tenant(), Clock()
    fail(tenant, THRESHOLD, now)
    now.forward(seconds=PAUSE_SECONDS)
    gates = [gate(tenant.id, now()) for _ in range(5)]
    assert [each.probe for each in gates] == [True, False, False, False, False]
    assert all(each.wait for each in gates[1:])


def test_a_provider_whose_probe_fails_is_not_tried_with_a_text() -> None:
    tenant, now, provider = make_tenant(), Clock(), Provider()
    provider.up = False
    fail(tenant, THRESHOLD, now)
    now.forward(seconds=PAUSE_SECONDS)
    probe_providers(now(), provider_for=always(provider))
    row = queued(tenant)
    assert send_all([task_for(row)], provider_for=always(provider), now=now) == [Next.LATER]
    assert provider.messages == []
    assert (stored(row).status, stored(row).attempts) == ("queued", 0)


def test_an_sms_that_has_waited_too_long_fails_without_a_call() -> None:
    tenant, now, provider = make_tenant(), Clock(), FakeProvider()
    fail(tenant, THRESHOLD, now)
    row = queued(tenant)
    overdue = Task(row.tenant_id, row.id, "corr-1", last_attempt=False, overdue=True)
    assert send_all([overdue], provider_for=always(provider), now=now) == [Next.PARK]
    assert provider.messages == []
    assert (stored(row).status, stored(row).error) == ("failed", "retries_exhausted: provider_down")


def test_deleted_connections_no_longer_count() -> None:
    tenant, now = make_tenant(), Clock()
    fail(tenant, THRESHOLD, now)
    assert circuit.open_circuits(now()) == {tenant.id}
    now.forward(hours=2)
    assert circuit.open_circuits(now()) == set()


def test_an_hour_long_outage_is_asked_about_once_a_minute_and_all_texts_arrive_afterwards() -> None:
    tenant, now, provider = make_tenant(), Clock(), Provider()
    provider.up = False
    tasks = {}
    for _ in range(12):
        row = queue_sms(make_order(tenant), tenant, "corr-1", now=now)
        assert row is not None
        tasks[row.id] = task_for(row)
    minutes = []
    for _ in range(60):
        before = len(provider.messages) + provider.probed
        probe_providers(now(), provider_for=always(provider))
        for _ in range(6):  # every text comes back more often than it will in truth
            now.forward(seconds=10)
            send_all(list(tasks.values())[:10], provider_for=always(provider), now=now)
        minutes.append(len(provider.messages) + provider.probed - before)
    # The first minute finds out: one batch. Then one probe each minute.
    assert minutes[0] <= 10 + 1
    assert set(minutes[1:]) == {1}
    assert circuit.open_circuits(now()) == {tenant.id}

    provider.up = True
    now.forward(seconds=PAUSE_SECONDS)
    probe_providers(now(), provider_for=always(provider))
    for _ in range(3):
        then = send_all(list(tasks.values()), provider_for=always(provider), now=now)
    assert set(then) == {Next.DONE}
    assert len(provider.delivered) == 12
    assert circuit.open_circuits(now()) == set()


def test_a_waiting_message_is_queued_again_so_that_receipts_are_not_attempts() -> None:
    tenant, now, provider = make_tenant(), Clock(), FakeProvider()
    fail(tenant, THRESHOLD, now)
    row = queue_sms(make_order(tenant), tenant, "corr-1", now=now)
    assert row is not None
    sqs, url = clients.client("sqs"), settings().sms_queue_url
    sqs.purge_queue(QueueUrl=url)
    record = sqs_record(msgspec.json.encode(message_for(row)).decode(), receives=8)
    answer = handle({"Records": [record]}, provider_for=always(provider), now=now, jitter=lambda: -0.5)
    assert answer == {"batchItemFailures": []}
    [again] = sqs.receive_message(QueueUrl=url, AttributeNames=["ApproximateReceiveCount"])["Messages"]
    assert again["Attributes"]["ApproximateReceiveCount"] == "1"
    assert again["Body"] == record["body"]

    now.forward(seconds=WAITS_SECONDS + 1)
    fail(tenant, 1, now)
    answer = handle({"Records": [record]}, provider_for=always(provider), now=now)
    assert stored(row).status == "failed"
    dead = sqs.receive_message(QueueUrl=settings().sms_dead_letter_queue_url)["Messages"]
    assert [each["Body"] for each in dead] == [record["body"]]
