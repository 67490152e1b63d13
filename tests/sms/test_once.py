"""One text per order and status, and a row that tells the truth, whatever repeats, dies, stalls or comes late.

Hypothesis plays the queue, several functions and a provider against each other, one step at a time; a function is
cut into its three steps (claim, ask, write), so that any of them may be the last, and any other may come between.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from moto import mock_aws

from chalicelib import aws as clients
from chalicelib.models.notification import Notification
from chalicelib.sms import outcomes
from chalicelib.sms.providers.base import Outcome, OutgoingSms, PermanentFailure, TemporaryFailure
from chalicelib.sms.queueing import QueuedSms, queue_sms
from chalicelib.sms.sending import Busy, Task, claim
from chalicelib.sms.stats import today
from chalicelib.streams.send_sms import MAX_RECEIVES
from tests.aws_in_process import create_all
from tests.sms.fakes import Clock, Died, FakeProvider, make_order, make_tenant

HIDDEN_SECONDS = 180


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


class Texts(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.moto = mock_aws()
        self.moto.start()
        create_all(clients.client)
        self.now = Clock()
        self.tenant = make_tenant()
        self.order = make_order(self.tenant)
        self.provider = FakeProvider()
        self.queue: list[Message] = []
        self.senders: list[Sender] = []

    @rule(dies=st.booleans())
    def the_stream_record_comes(self, dies: bool) -> None:
        def put(message: QueuedSms) -> None:
            if dies:
                raise Died
            self.queue.append(Message(message, self.now.moment))

        with suppress(Died):
            queue_sms(self.order, self.tenant, "corr-1", put=put, now=self.now)

    @precondition(lambda self: self.visible())
    @rule(data=st.data())
    def a_function_receives_a_message(self, data: st.DataObject) -> None:
        message = data.draw(st.sampled_from(self.visible()))
        if message.receives >= MAX_RECEIVES:
            message.parked = True
            return
        message.receives += 1
        message.visible_at = self.later(HIDDEN_SECONDS)
        last_attempt = message.receives >= MAX_RECEIVES
        content = message.content
        task = Task(content.tenant_id, content.notification_id, content.correlation_id, last_attempt)
        try:
            row = claim(task, self.now.moment)
        except Busy:
            message.visible_at = self.later(5)
            return
        if row is None:
            message.deleted = True
        else:
            self.senders.append(Sender(message, row, last_attempt))

    @precondition(lambda self: self.not_asked())
    @rule(data=st.data(), answer=st.sampled_from(["yes", "yes", "lost", "down", "slow down", "no"]))
    def the_provider_is_asked(self, data: st.DataObject, answer: str) -> None:
        sender = data.draw(st.sampled_from(self.not_asked()))
        if answer in ("yes", "lost"):
            self.deliver(sender)
        if answer in ("lost", "down"):
            sender.outcome = TemporaryFailure(answer, unclear=True)
        elif answer == "slow down":
            sender.outcome = TemporaryFailure(answer)
        elif answer == "no":
            sender.outcome = PermanentFailure(answer)

    @precondition(lambda self: self.asked())
    @rule(data=st.data())
    def the_outcome_is_written(self, data: st.DataObject) -> None:
        self.write(data.draw(st.sampled_from(self.asked())))

    @precondition(lambda self: self.senders)
    @rule(data=st.data())
    def a_function_dies(self, data: st.DataObject) -> None:
        self.senders.remove(data.draw(st.sampled_from(self.senders)))

    @rule(seconds=st.sampled_from([1, 30, 121, 200]))
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
        assert len({message.id for message in self.provider.asked}) <= 1

    def teardown(self) -> None:
        try:
            self.let_everything_end()
            self.check_the_end()
        finally:
            self.moto.stop()

    def let_everything_end(self) -> None:
        """The record comes until it is through, functions finish, and every message is worked off."""
        self.the_stream_record_comes(dies=False)
        for sender in list(self.senders):
            if sender.outcome is None:
                self.deliver(sender)
            self.write(sender)
        for message in self.queue:
            while not message.deleted and not message.parked:
                self.now.forward(seconds=HIDDEN_SECONDS + 1)
                if message.receives >= MAX_RECEIVES:
                    message.parked = True
                    continue
                message.receives += 1
                content = message.content
                task = Task(content.tenant_id, content.notification_id, "corr-1", last_attempt=False)
                row = claim(task, self.now.moment)
                message.deleted = True
                if row is not None:
                    sender = Sender(message, row, last_attempt=False)
                    self.deliver(sender)
                    self.write(sender)

    def check_the_end(self) -> None:
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
            # Given up by the queue while a function was dying: the message is parked, where ops sees it.
            assert any(message.parked for message in self.queue)
        # Noon in Taipei when it began, and not midnight yet.
        assert today(self.now).sent == int(row.status == "sent")

    def deliver(self, sender: Sender) -> None:
        row = sender.row
        sender.outcome = self.provider.send(OutgoingSms(row.id, row.recipient, row.content))

    def write(self, sender: Sender) -> None:
        if sender in self.senders:
            self.senders.remove(sender)
        assert sender.outcome is not None
        done = outcomes.write(
            sender.row, sender.outcome, provider="fake", last_attempt=sender.last_attempt, now=self.now.moment
        )
        assert self.provider.delivered or self.row().status != "sent"
        if done:
            sender.message.deleted = True
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

    def asked(self) -> list[Sender]:
        return [sender for sender in self.senders if sender.outcome is not None]

    def not_asked(self) -> list[Sender]:
        return [sender for sender in self.senders if sender.outcome is None]

    def later(self, seconds: int) -> datetime:
        moment = Clock(self.now.moment)
        moment.forward(seconds=seconds)
        return moment.moment


TestTexts: Any = Texts.TestCase
TestTexts.settings = settings(
    max_examples=30, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
