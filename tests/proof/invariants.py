"""The guarantees, one function each. They judge what clients and phones received and what is stored.

None of them uses the rules of the code to find what is right: ids of events, claims and keys are not looked at.
"""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from operator import itemgetter
from typing import Final

from chalicelib.core import clock
from chalicelib.models.channel_log import ChannelLog
from chalicelib.models.customer import Customer
from chalicelib.models.delivery import Delivery
from chalicelib.models.notification import Notification
from chalicelib.models.order import Order
from chalicelib.realtime.channels import channel_key
from chalicelib.realtime.events import Event
from chalicelib.realtime.log import decoded
from chalicelib.sms.stats import today
from tests.aws_in_process import queued_messages
from tests.proof.simulation import Simulation

Invariant = Callable[[Simulation], None]

# The statuses at which this business sends its customer an SMS (docs/operations.md, "Texts").
_SMS_AT: Final = {"confirmed", "arriving", "delivered"}


def acknowledged_changes_are_stored(of: Simulation) -> None:
    """An acknowledged status is in the history once, and a request creates one order."""
    orders = {order.id: order for order in _orders(of)}
    for order_id, status in of.outside.statuses:
        assert [entry.status for entry in orders[order_id].history].count(status) == 1, (order_id, status)
    assert len(orders) == of.outside.requested, f"{len(orders)} orders, {of.outside.requested} requested"


def each_change_has_its_event_once_in_order(of: Simulation) -> None:
    """The board's log has one event for each version of an order, in their order, and no gap in its numbers."""
    events = _logged(of, "orders")
    assert [seq for seq, _ in events] == list(range(1, len(events) + 1))
    for order in _orders(of):
        own = [event.data["order"] for _, event in events if event.data["order"]["id"] == order.id]
        assert [view["version"] for view in own] == list(range(1, int(order.version) + 1))


def each_entitled_client_has_each_event_once_in_order(of: Simulation) -> None:
    for name, client in of.outside.clients.items():
        for channel, watched in client.model.channels.items():
            events = [(seq, event.id) for seq, event in _logged(of, channel, client.tenant_id)]
            assert watched.got == [id_ for seq, id_ in events if seq > watched.base], f"{name}, {channel}"
            assert watched.held == {}
        unrecovered = [each for each in client.received if each["type"] == "subscribed" and not each["recovered"]]
        assert unrecovered == [], f"{name} must load its lists again"


def no_client_received_an_event_of_others(of: Simulation) -> None:
    for name, client in of.outside.clients.items():
        assert client.model.channels.keys() <= client.entitled, name
        entitled = {event.id for channel in client.entitled for _, event in _logged(of, channel, client.tenant_id)}
        assert {each["id"] for each in client.events} <= entitled, name


def each_sms_is_sent_once(of: Simulation) -> None:
    """The phone shows one SMS for each status that has one, and the rows say the same."""
    due = Counter(
        (order.customer_phone, status)
        for order in _orders(of)
        for status in {entry.status for entry in order.history} & _SMS_AT
        if order.kind == "delivery" and of.business.tenant.sms is not None
    )
    rows = list(Notification.query(of.business.tenant.id, consistent_read=True))
    assert Counter((row.recipient, row.template) for row in rows) == due
    assert Counter(row.status for row in rows) == Counter({"sent": len(rows)} if rows else {})
    shown = Counter((message.phone, message.text) for message in of.outside.delivered.values())
    assert shown == Counter((row.recipient, row.content) for row in rows)


def row_history_and_log_agree(of: Simulation) -> None:
    events = _logged(of, "orders")
    for order in _orders(of):
        assert order.status == order.history[-1].status
        assert order.status_key == f"{order.status}#{order.id}"
        own = [event.data["order"] for _, event in events if event.data["order"]["id"] == order.id]
        assert own[-1]["status"] == order.status
        assert own[-1]["driver_id"] == order.driver_id
        history = [entry["status"] for entry in own[-1]["history"]]
        assert history == [entry.status for entry in order.history]
        attempts = list(Delivery.query(order.tenant_id, Delivery.id.startswith(order.id)))
        assert len(attempts) == history.count("delivering")
        delivered = [attempt for attempt in attempts if attempt.outcome == "delivered"]
        assert len(delivered) == int(order.status == "delivered")


def money_and_counts_add_up(of: Simulation) -> None:
    cylinders: Counter[str] = Counter()
    for order in _orders(of):
        assert order.total_price == sum((item.unit_price * int(item.quantity) for item in order.items), Decimal(0))
        if order.status == "delivered" and order.customer_id:
            back = int(order.proof.empties_back or 0) if order.proof else 0
            cylinders[order.customer_id] += sum(int(item.quantity) for item in order.items) - back
    for customer in Customer.query(of.business.tenant.id, consistent_read=True):
        assert int(customer.cylinders_out or 0) == cylinders[customer.id]
    assert today(clock.now).sent == len(of.outside.delivered)


def nothing_waits(of: Simulation) -> None:
    """No message on any queue, dead letters included, and no SMS without an outcome."""
    assert queued_messages() == {}
    rows = Notification.query(of.business.tenant.id, consistent_read=True)
    assert [row.id for row in rows if row.status in ("queued", "sending")] == []


INVARIANTS: Final[tuple[Invariant, ...]] = (
    acknowledged_changes_are_stored,
    each_change_has_its_event_once_in_order,
    each_entitled_client_has_each_event_once_in_order,
    no_client_received_an_event_of_others,
    each_sms_is_sent_once,
    row_history_and_log_agree,
    money_and_counts_add_up,
    nothing_waits,
)


def _orders(of: Simulation) -> list[Order]:
    if of.orders is None:
        of.orders = list(Order.query(of.business.tenant.id, consistent_read=True))
    return of.orders


def _logged(of: Simulation, channel: str, tenant_id: str | None = None) -> list[tuple[int, Event]]:
    """The events of a channel with their numbers, in order."""
    if of.log is None:
        of.log = {}
        for row in ChannelLog.scan(ChannelLog.seq > 0, consistent_read=True):
            of.log.setdefault(row.channel_key, []).append((int(row.seq), decoded(row)))
    return sorted(of.log.get(channel_key(tenant_id or of.business.tenant.id, channel), []), key=itemgetter(0))
