"""Concurrent senders of an SMS, and what a dead or late sender may still write."""

import pytest

from chalicelib.models.notification import Notification
from chalicelib.sms import outcomes
from chalicelib.sms.claims import Busy, claim
from chalicelib.sms.outcomes import Next
from chalicelib.sms.providers.base import Outcome, PermanentFailure, Sent, TemporaryFailure
from chalicelib.sms.queueing import queue_sms
from chalicelib.sms.sending import send_all
from chalicelib.sms.stats import Today, today
from tests.sms.fakes import (
    Clock,
    Died,
    FakeProvider,
    always,
    claimed,
    facts,
    make_order,
    make_tenant,
    stored,
    task_for,
)
from tests.stale_reads import stale_reads

pytestmark = pytest.mark.usefixtures("aws")

NOT_NOW = TemporaryFailure("http_503", unclear=True)


@pytest.fixture
def row() -> Notification:
    tenant = make_tenant()
    row = queue_sms(make_order(tenant), tenant, "corr-1")
    assert row is not None
    return row


def send(row: Notification, provider: FakeProvider, now: Clock) -> bool:
    [done] = send_all([task_for(row)], provider_for=always(provider), now=now)
    return done is Next.DONE


def test_while_one_sends_another_may_not(row: Notification) -> None:
    now = Clock()
    claimed(row, now())
    with pytest.raises(Busy):
        claimed(row, now())
    provider = FakeProvider()
    assert not send(row, provider, now)
    assert provider.messages == []


def test_a_text_that_was_queued_a_moment_ago_is_sent() -> None:
    provider = FakeProvider()
    with stale_reads():
        tenant = make_tenant()
        row = queue_sms(make_order(tenant), tenant, "corr-1")
        assert row is not None
        assert send(row, provider, Clock())
    assert len(provider.messages) == 1


def test_a_success_that_is_written_between_read_and_claim_is_not_claimed_again(row: Notification) -> None:
    now = Clock()
    claimed(row, now())
    now.forward(minutes=3)
    read = stored(row)
    stored(row).update([Notification.status.set("sent")])
    with pytest.raises(Busy):
        claim(read, now())
    assert facts(row, "status", "attempts") == ("sent", 1)


def test_a_sender_is_not_taken_for_dead_while_its_function_may_still_run(row: Notification) -> None:
    now = Clock()
    claimed(row, now())
    now.forward(seconds=31)  # its function may run for 30
    with pytest.raises(Busy):
        claim(stored(row), now())
    # The queue brings its message again after 180 seconds.
    now.forward(seconds=149)
    assert claim(stored(row), now())


def test_two_that_read_the_row_at_once_do_not_both_claim_it(row: Notification) -> None:
    now = Clock()()
    first, second = stored(row), stored(row)
    assert claim(first, now)
    with pytest.raises(Busy):
        claim(second, now)
    assert stored(row).attempts == 1


def test_two_that_find_the_same_dead_sender_do_not_both_take_over(row: Notification) -> None:
    now = Clock()
    claimed(row, now())
    now.forward(minutes=3)
    first, second = stored(row), stored(row)
    assert claim(first, now())
    with pytest.raises(Busy):
        claim(second, now())


def test_a_function_that_dies_after_the_provider_accepted_repeats_with_the_same_key(row: Notification) -> None:
    provider = FakeProvider()
    now = Clock()
    now.dies_at = 2  # the first look is the claim, the second the outcome
    with pytest.raises(Died):
        send(row, provider, now)
    assert stored(row).status == "sending"

    assert not send(row, provider, now)  # the lease still holds
    now.forward(seconds=121)
    assert send(row, provider, now)
    assert [message.id for message in provider.messages] == [row.id, row.id]
    assert len(provider.delivered) == 1
    assert facts(row, "status", "attempts", "maybe_delivered") == ("sent", 2, None)
    assert today(now) == Today(sent=1, failed=0)


def test_a_success_that_comes_late_still_counts(row: Notification) -> None:
    now = Clock()
    slow = claimed(row, now())
    now.forward(minutes=3)
    assert send(row, FakeProvider(PermanentFailure("http_401")), now)
    assert stored(row).maybe_delivered
    assert outcomes.write(slow, Sent("m-1"), provider="fake", last_attempt=False, now=now()) is Next.DONE
    assert facts(row, "status", "error", "maybe_delivered") == ("sent", None, None)


@pytest.mark.parametrize("late", [PermanentFailure("http_400"), NOT_NOW])
def test_a_failure_that_comes_late_does_not_undo_a_success(row: Notification, late: Outcome) -> None:
    now = Clock()
    slow = claimed(row, now())
    now.forward(minutes=3)
    assert send(row, FakeProvider(), now)
    for last_attempt in (False, True):
        then = outcomes.write(slow, late, provider="fake", last_attempt=last_attempt, now=now())
        assert then is Next.AGAIN
    assert facts(row, "status", "error") == ("sent", None)
    assert today(now) == Today(sent=1, failed=0)


def test_a_failure_that_comes_late_leaves_the_claim_of_another_alone(row: Notification) -> None:
    now = Clock()
    slow = claimed(row, now())
    now.forward(minutes=3)
    claimed(row, now())
    assert outcomes.write(slow, NOT_NOW, provider="fake", last_attempt=False, now=now()) is Next.AGAIN
    assert facts(row, "status", "attempts") == ("sending", 2)
