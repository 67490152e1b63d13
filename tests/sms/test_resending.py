"""Sending single SMS again, and all dead letters."""

from datetime import timedelta

import msgspec
import pytest
from pynamodb.expressions.update import Action

from chalicelib.core import aws as clients
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.settings import settings
from chalicelib.models.notification import Notification
from chalicelib.models.order import Order
from chalicelib.models.tenant import Tenant
from chalicelib.sms.opt_outs import opt_out
from chalicelib.sms.outcomes import Next
from chalicelib.sms.providers.base import PermanentFailure, TemporaryFailure
from chalicelib.sms.queue import QueuedSms, message_for, park
from chalicelib.sms.queueing import queue_sms
from chalicelib.sms.resending import redrive, resend
from chalicelib.sms.sending import send_all
from tests import factories
from tests.crashes import at_call
from tests.sms.fakes import Clock, FakeProvider, always, claimed, facts, make_order, make_tenant, stored, task_for

pytestmark = pytest.mark.usefixtures("aws")

LOST = TemporaryFailure("timeout", unclear=True)


@pytest.fixture
def now() -> Clock:
    return Clock()


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant()


@pytest.fixture
def order(tenant: Tenant) -> Order:
    order = make_order(tenant)
    order.save()
    return order


@pytest.fixture
def row(tenant: Tenant, order: Order, now: Clock) -> Notification:
    row = queue_sms(order, tenant, "corr-1", now=now)
    assert row is not None
    on_the_queue()
    return row


def on_the_queue() -> list[QueuedSms]:
    answer = clients.client("sqs").receive_message(QueueUrl=settings().sms_queue_url, MaxNumberOfMessages=10)
    return [msgspec.json.decode(message["Body"], type=QueuedSms) for message in answer.get("Messages", [])]


def hidden_dead_letters() -> int:
    """Dead letters that were received and not deleted."""
    name = "ApproximateNumberOfMessagesNotVisible"
    url = settings().sms_dead_letter_queue_url
    answer = clients.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[name])
    return int(answer["Attributes"][name])


def send(row: Notification, provider: FakeProvider, now: Clock, *, last: bool = False) -> Next:
    [then] = send_all([task_for(row, last_attempt=last)], provider_for=always(provider), now=now)
    return then


def again(row: Notification, tenant: Tenant, now: Clock, provider: FakeProvider | None = None) -> Notification:
    window = (provider or FakeProvider()).dedupes_for
    return resend(
        factories.principal(tenant),
        tenant,
        row.id,
        correlation_id="corr-2",
        now=now(),
        dedupes_for={"http": window},
    )


def refused(row: Notification, tenant: Tenant, now: Clock, provider: FakeProvider | None = None) -> str:
    with pytest.raises(Conflict) as refusal:
        again(row, tenant, now, provider)
    return refusal.value.code


def test_a_refused_text_goes_out_again_under_a_new_key_to_the_number_that_the_order_has_now(
    row: Notification, tenant: Tenant, order: Order, now: Clock
) -> None:
    send(row, FakeProvider(PermanentFailure("http_400")), now)
    order.update([Order.customer_phone.set("0922-333-444")])
    again(row, tenant, now)
    assert on_the_queue() == [message_for(stored(row))]
    provider = FakeProvider()
    assert send(row, provider, now) is Next.DONE
    assert provider.phones == ["+886922333444"]
    assert provider.messages[0].id != row.id
    assert facts(row, "status", "recipient", "correlation_id") == ("sent", "+886922333444", "corr-2")


def test_a_text_that_may_have_arrived_goes_out_under_its_old_key(
    row: Notification, tenant: Tenant, now: Clock
) -> None:
    provider = FakeProvider(LOST)
    send(row, provider, now, last=True)
    provider.delivered[row.id] = provider.messages[0]  # it had taken the text
    again(row, tenant, now, provider)
    send(row, provider, now)
    assert [message.id for message in provider.messages] == [row.id, row.id]
    assert len(provider.delivered) == 1
    assert stored(row).status == "sent"


def test_a_text_that_may_have_arrived_is_not_sent_twice_where_the_provider_would_not_know(
    row: Notification, tenant: Tenant, order: Order, now: Clock
) -> None:
    forgetful = FakeProvider(LOST, dedupes_for=timedelta(0))
    send(row, forgetful, now)
    assert refused(row, tenant, now, forgetful) == "may_have_arrived"
    # To another number it cannot have arrived.
    order.update([Order.customer_phone.set("0922-333-444")])
    again(row, tenant, now, forgetful)
    assert send(row, forgetful, now) is Next.DONE
    assert stored(row).status == "sent"


def test_an_sms_that_was_delivered_or_is_being_sent_is_not_sent_again(
    row: Notification, tenant: Tenant, now: Clock
) -> None:
    claimed(row, now())
    assert refused(row, tenant, now) == "already_queued"
    now.forward(minutes=3)
    send(row, FakeProvider(), now)
    assert refused(row, tenant, now) == "already_sent"
    row.update(row.becomes("delivered"))
    assert refused(row, tenant, now) == "already_sent"
    assert on_the_queue() == []


def test_a_text_whose_message_was_lost_is_only_put_on_the_queue(
    row: Notification, tenant: Tenant, now: Clock
) -> None:
    again(row, tenant, now)
    again(row, tenant, now)
    assert on_the_queue() == [message_for(row)] * 2
    assert stored(row).attempts == 0


def test_a_sender_that_died_is_repeated_under_its_key(row: Notification, tenant: Tenant, now: Clock) -> None:
    claimed(row, now())
    now.forward(minutes=3)
    again(row, tenant, now)
    assert facts(row, "status", "idempotency_key") == ("queued", row.id)


@pytest.mark.parametrize(
    ("phone", "reason"), [(None, "no_phone"), ("02-2345-6789", "landline"), ("12", "invalid_phone")]
)
def test_staff_cannot_send_an_sms_to_an_invalid_number(
    row: Notification, tenant: Tenant, order: Order, now: Clock, phone: str | None, reason: str
) -> None:
    row.update(row.becomes("failed"))
    order.update([Order.customer_phone.set(phone) if phone else Order.customer_phone.remove()])
    with pytest.raises(Conflict) as refusal:
        again(row, tenant, now)
    assert (refusal.value.code, refusal.value.extra["reason"]) == ("cannot_be_sent", reason)


def test_staff_cannot_send_an_sms_after_an_opt_out(row: Notification, tenant: Tenant, now: Clock) -> None:
    row.update(row.becomes("failed"))
    opt_out(tenant.id, "+886912345678", by="link", now=now())
    assert refused(row, tenant, now) == "cannot_be_sent"


def test_a_skipped_text_is_sent_once_its_number_is_put_right(tenant: Tenant, now: Clock) -> None:
    order = make_order(tenant, customer_phone="02-2345-6789")
    order.save()
    row = queue_sms(order, tenant, "corr-1", now=now)
    assert row is not None
    order.update([Order.customer_phone.set("0912345678")])
    again(row, tenant, now)
    provider = FakeProvider()
    send(row, provider, now)
    assert provider.phones == ["+886912345678"]


def test_another_tenants_text_does_not_exist(row: Notification, now: Clock) -> None:
    with pytest.raises(NotFound):
        again(row, make_tenant(), now)


def test_dead_letters_of_the_tenant_are_queued_again_and_those_of_others_stay(tenant: Tenant, now: Clock) -> None:
    other = make_tenant()
    rows = []
    for of in (tenant, tenant, other):
        order = make_order(of)
        order.save()
        row = queue_sms(order, of, "corr-1", now=now)
        assert row is not None
        send(row, FakeProvider(LOST), now, last=True)
        park(message_for(row))
        rows.append(row)
    on_the_queue()
    now.forward(hours=5)
    assert redrive(tenant.id, now()) == {"queued": 2}
    assert [stored(row).status for row in rows] == ["queued", "queued", "failed"]
    queued = on_the_queue()
    assert {message.notification_id for message in queued} == {row.id for row in rows[:2]}
    assert {message.queued_at for message in queued} == {int(now().timestamp())}
    assert redrive(tenant.id, now()) == {}
    assert redrive(None, now()) == {"queued": 1}, "others' letters were in sight again at once"


def test_a_dead_letter_that_was_sent_by_hand_is_only_taken_away(row: Notification, now: Clock) -> None:
    send(row, FakeProvider(), now)
    park(message_for(row))
    clients.client("sqs").send_message(QueueUrl=settings().sms_dead_letter_queue_url, MessageBody="no letter")
    assert redrive(row.tenant_id, now()) == {"settled": 1, "unreadable": 1}
    assert on_the_queue() == []
    left = clients.client("sqs").get_queue_attributes(
        QueueUrl=settings().sms_dead_letter_queue_url,
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )["Attributes"]
    assert sum(int(value) for value in left.values()) == 1, "what cannot be read stays for people"


def test_a_redrive_that_dies_halfway_is_made_good_by_the_next(row: Notification, now: Clock) -> None:
    class Died(BaseException):
        pass

    def dies(message: QueuedSms) -> None:
        raise Died

    send(row, FakeProvider(LOST), now, last=True)
    park(message_for(row))
    with pytest.raises(Died):
        redrive(row.tenant_id, now(), put=dies)
    assert hidden_dead_letters() == 1
    park(message_for(row))  # what was received comes back into sight after a minute
    assert redrive(row.tenant_id, now()) == {"queued": 1}
    assert len(on_the_queue()) == 1


def test_a_customer_is_asked_for_by_the_order(tenant: Tenant, now: Clock) -> None:
    customer = factories.customer(tenant)
    order = make_order(tenant, customer_id=customer.id)
    order.save()
    row = queue_sms(order, tenant, "corr-1", now=now)
    assert row is not None
    row.update(row.becomes("failed"))
    opt_out(tenant.id, None, customer_id=customer.id, by="link", now=now())
    assert refused(row, tenant, now) == "cannot_be_sent"


@pytest.mark.parametrize(
    "change", [Notification.status.set("queued"), Notification.attempts.set(2)], ids=["queued", "tried again"]
)
def test_an_sms_that_changes_while_it_is_sent_again_is_left_alone(
    row: Notification, tenant: Tenant, now: Clock, change: Action
) -> None:
    row.update([*row.becomes("failed"), Notification.attempts.set(1)])
    staff = factories.principal(tenant)
    with (
        at_call("TransactWriteItems", 1, "before-call.dynamodb", lambda: stored(row).update([change])),
        pytest.raises(Conflict) as refused,
    ):
        resend(staff, tenant, row.id, correlation_id="corr-2", now=now())
    assert refused.value.code == "already_queued"
    assert on_the_queue() == []
