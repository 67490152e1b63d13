"""One SMS per order and status, and a correct row, even with repeats, crashes, stalls and late answers.

Hypothesis plays the queue, several functions and a provider against each other, one step at a time; a function is
cut into its three steps (claim, ask, write); any of them may be the last, and others may come between.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chalicelib.models.notification import Notification
from chalicelib.sms import outcomes
from chalicelib.sms.claims import Busy, claim
from chalicelib.sms.outcomes import Next
from chalicelib.sms.providers.base import Outcome, OutgoingSms, PermanentFailure, TemporaryFailure
from chalicelib.sms.queue import QueuedSms
from chalicelib.sms.queueing import queue_sms
from chalicelib.sms.stats import today
from tests.sms.fakes import Clock, Died, FakeProvider, make_order, make_tenant

HIDDEN_SECONDS = 180
# Fewer than the real queue's: the dead-letter queue is reached sooner.
MAX_RECEIVES = 3


@dataclass
class Message:
    """One message of the queue. Parked: in the dead-letter queue."""

    content: QueuedSms
    visible_at: datetime
    receives: int = 0
    parked: bool = False
    deleted: bool = False


@dataclass
class Sender:
    """A function in the middle of its work."""

    message: Message
    row: Notification
    last_attempt: bool
    outcome: Outcome | None = None


ANSWERS = st.sampled_from(["yes", "yes", "lost", "down", "slow down", "no"])
DAYS = count()


class Texts(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        # Noon in Taipei, and a day for each run: it has the day's counter to itself.
        self.now = Clock()
        self.now.forward(days=next(DAYS))
        self.tenant = make_tenant()
        self.order = make_order(self.tenant)
        self.provider = FakeProvider()
        self.queue: list[Message] = []
        self.slow: list[Sender] = []
        self.last_answer = "yes"

    @initialize(last_answer=ANSWERS)
    def an_order_is_confirmed(self, last_answer: str) -> None:
        """last_answer: what the provider answers when all is being worked off in the end."""
        self.last_answer = last_answer
        self.the_stream_record_comes(dies=False)

    @rule(dies=st.booleans())
    def the_stream_record_comes(self, dies: bool) -> None:
        def put(message: QueuedSms) -> None:
            if dies:
                raise Died
            self.queue.append(Message(message, self.now.moment))

        with suppress(Died):
            queue_sms(self.order, self.tenant, "corr-1", put=put, now=self.now)

    @precondition(lambda self: self.visible())
    @rule(
        data=st.data(),
        answer=ANSWERS,
        then=st.sampled_from(["writes", "writes", "is slow to ask", "is slow to write", "dies"]),
    )
    def a_function_receives_a_message(self, data: st.DataObject, answer: str, then: str) -> None:
        sender = self.receive(data.draw(st.sampled_from(self.visible())))
        if sender is None:
            return
        if then != "is slow to ask":
            self.call_provider(sender, answer)
        if then == "writes":
            self.write(sender)
        elif then != "dies":
            self.slow.append(sender)

    @precondition(lambda self: self.slow)
    @rule(data=st.data(), answer=ANSWERS, dies=st.booleans())
    def a_slow_function_goes_on(self, data: st.DataObject, answer: str, dies: bool) -> None:
        sender = data.draw(st.sampled_from(self.slow))
        self.slow.remove(sender)
        if sender.outcome is None:
            self.call_provider(sender, answer)
        if not dies:
            self.write(sender)

    @rule(seconds=st.sampled_from([30, 121, 200, 200]))
    def time_passes(self, seconds: int) -> None:
        self.now.forward(seconds=seconds)

    @precondition(lambda self: any(message.parked for message in self.queue))
    @rule()
    def the_dead_letters_are_redriven(self) -> None:
        for message in self.queue:
            if message.parked:
                message.parked, message.receives, message.visible_at = False, 0, self.now.moment

    @invariant()
    def at_most_one_text_was_delivered(self) -> None:
        assert len(self.provider.delivered) <= 1
        assert len({message.id for message in self.provider.messages}) <= 1

    def teardown(self) -> None:
        self.let_everything_end()
        row = self.row()
        self.at_most_one_text_was_delivered()
        if row.status == "sent":
            assert self.provider.delivered
            assert row.error is None
            assert not row.maybe_delivered
        elif row.status == "failed":
            assert row.error is not None
            assert row.maybe_delivered or not self.provider.delivered
        else:
            # SQS moved the message to the dead-letter queue while a function was dying.
            assert any(message.parked for message in self.queue)
        assert today(self.now).sent == int(row.status == "sent")

    def let_everything_end(self) -> None:
        """Delivers the record until it succeeds, finishes slow functions, and handles every message."""
        self.the_stream_record_comes(dies=False)
        for sender in self.slow:
            if sender.outcome is None:
                self.call_provider(sender, self.last_answer)
            self.write(sender)
        for message in self.queue:
            while not message.deleted and not message.parked:
                self.now.forward(seconds=HIDDEN_SECONDS + 1)
                last = self.receive(message)
                if last is not None:
                    self.call_provider(last, self.last_answer)
                    self.write(last)

    def receive(self, message: Message) -> Sender | None:
        if message.receives >= MAX_RECEIVES:
            message.parked = True
            return None
        message.receives += 1
        message.visible_at = self.later(HIDDEN_SECONDS)
        last_attempt = message.receives >= MAX_RECEIVES
        ids = message.content
        try:
            row = Notification.get(ids.tenant_id, ids.notification_id, consistent_read=True)
            is_ours = claim(row, self.now.moment)
        except Busy:
            message.visible_at = self.later(5)
            return None
        if not is_ours:
            message.deleted = True
            return None
        return Sender(message, row, last_attempt)

    def call_provider(self, sender: Sender, answer: str) -> None:
        if answer in ("yes", "lost"):
            row = sender.row
            sender.outcome = self.provider.send(OutgoingSms(row.id, row.recipient, row.content))
        if answer in ("lost", "down"):
            sender.outcome = TemporaryFailure(answer, unclear=True)
        elif answer == "slow down":
            sender.outcome = TemporaryFailure(answer)
        elif answer == "no":
            sender.outcome = PermanentFailure(answer)

    def write(self, sender: Sender) -> None:
        assert sender.outcome is not None
        then = outcomes.write(
            sender.row, sender.outcome, provider="fake", last_attempt=sender.last_attempt, now=self.now.moment
        )
        assert self.provider.delivered or self.row().status != "sent"
        if then is Next.DONE:
            sender.message.deleted = True
        elif then is Next.PARK:
            sender.message.parked = True
        else:
            sender.message.visible_at = self.later(5)

    def row(self) -> Notification:
        [row] = Notification.query(self.tenant.id, consistent_read=True)
        return row

    def visible(self) -> list[Message]:
        return [
            message
            for message in self.queue
            if not message.deleted and not message.parked and message.visible_at <= self.now.moment
        ]

    def later(self, seconds: int) -> datetime:
        return self.now.moment + timedelta(seconds=seconds)


@pytest.mark.usefixtures("aws")
def test_one_sms_and_a_row_with_its_true_status() -> None:
    run_state_machine_as_test(Texts, settings=settings(max_examples=40, stateful_step_count=12, deadline=None))
