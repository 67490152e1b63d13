"""The guarantees, one function each. They judge what clients and phones received and what is stored.

None of them uses the rules of the code to find what is right: ids of events, claims and keys are not looked at.
"""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from operator import itemgetter
from typing import Any, Final

from chalicelib.core import clock
from chalicelib.models.channel_log import ChannelLog
from chalicelib.models.customer import Customer
from chalicelib.models.delivery import Delivery
from chalicelib.models.notification import Notification
from chalicelib.models.order import Order
from chalicelib.models.refresh_token import RefreshToken
from chalicelib.models.route import Route
from chalicelib.realtime.channels import channel_key
from chalicelib.realtime.events import Event
from chalicelib.realtime.log import decoded
from chalicelib.sms.stats import today
from tests.aws_in_process import queued_messages
from tests.imports.files import reported, shown
from tests.proof.sign_in_flow import WRONG_GUESSES, log_in, refresh
from tests.proof.simulation import Simulation

Invariant = Callable[[Simulation], None]

# The statuses at which this business sends its customer an SMS (docs/operations.md, "Texts").
_SMS_AT: Final = {"confirmed", "arriving", "delivered"}


def acknowledged_changes_are_stored(of: Simulation) -> None:
    """The history has each acknowledged change once, and a request creates one order."""
    orders = {order.id: order for order in _orders(of)}
    for (order_id, status), times in Counter(of.outside.statuses).items():
        assert [entry.status for entry in orders[order_id].history].count(status) == times, (order_id, status)
    assert len(orders) == of.outside.requested, f"{len(orders)} orders, {of.outside.requested} requested"


def each_change_has_its_event_once_in_order(of: Simulation) -> None:
    """The board's log has one event for each version of an order, in their order, and no gap in its numbers.

    It also has each acknowledged announcement.
    """
    events = _logged(of, "orders")
    assert [seq for seq, _ in events] == list(range(1, len(events) + 1))
    for order in _orders(of):
        assert [view["version"] for view in _views(events, order)] == list(range(1, int(order.version) + 1))
    ids = Counter(event.id for _, event in events)
    assert [ids[id_] for id_ in of.outside.published] == [1] * len(of.outside.published)


def each_entitled_client_has_each_event_once_in_order(of: Simulation) -> None:
    for name, client in of.outside.clients.items():
        for channel, watched in client.model.channels.items():
            events = [(seq, event.id) for seq, event in _logged(of, channel, client.tenant_id)]
            assert watched.got == [id_ for seq, id_ in events if seq > watched.base], f"{name}, {channel}"
            assert watched.held == {}
        unrecovered = [each for each in client.received if each["type"] == "subscribed" and not each["recovered"]]
        assert unrecovered == [], f"{name} must load its lists again"


def undisturbed_clients_have_each_event_without_asking(of: Simulation) -> None:
    """Before any heartbeat: a client that stayed connected, and to which no post was lost."""
    for name, cursors in of.outside.unasked.items():
        tenant_id = of.outside.clients[name].tenant_id
        ends = {channel: len(_logged(of, channel, tenant_id)) for channel in cursors}
        assert cursors == ends, name


def no_client_received_an_event_of_others(of: Simulation) -> None:
    for name, client in of.outside.clients.items():
        assert client.model.channels.keys() <= client.entitled, name
        entitled = {event.id for channel in client.entitled for _, event in _logged(of, channel, client.tenant_id)}
        assert {each["id"] for each in client.events} <= entitled, name
        for each in client.positions:
            assert client.entitled & {"drivers", f"driver:{each['data']['driver_id']}"}, name
            assert client.tenant_id == of.business.tenant.id


def each_sms_is_sent_once(of: Simulation) -> None:
    """The phone shows one SMS for each status that has one, and the rows say the same.

    If a provider that does not recognise repeats gives no answer, the phone shows one or none (`unknown`).
    """
    due = Counter(
        (order.customer_phone, status)
        for order in _orders(of)
        for status in {entry.status for entry in order.history} & _SMS_AT
        if order.kind == "delivery" and of.business.tenant.sms is not None
    )
    rows = list(Notification.query(of.business.tenant.id, consistent_read=True))
    assert Counter((row.recipient, row.template) for row in rows) == due
    shown = Counter((message.phone, message.text) for message in of.outside.delivered.values())
    assert shown.keys() <= {(row.recipient, row.content) for row in rows}
    is_unclear = bool(of.injector.injected) and bool(of.facts.get("provider forgets"))
    for row in rows:
        times = shown[row.recipient, row.content]
        assert (row.status, times) == ("sent", 1) or (is_unclear and row.status == "unknown" and times < 2), row.id


def row_history_and_log_agree(of: Simulation) -> None:
    events = _logged(of, "orders")
    for order in _orders(of):
        assert order.status == order.history[-1].status
        assert order.status_key == f"{order.status}#{order.id}"
        own = _views(events, order)
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
    rows = Notification.query(of.business.tenant.id, consistent_read=True)
    assert today(clock.now).sent == sum(row.status == "sent" for row in rows)


def each_version_of_a_route_has_its_event_once_in_order(of: Simulation) -> None:
    """The log of routes agrees with the rows, and the orders of a started route are under way."""
    events = _logged(of, "routes")
    assert [seq for seq, _ in events] == list(range(1, len(events) + 1))
    orders = {order.id: order for order in _orders(of)}
    for route in Route.query(of.business.tenant.id, consistent_read=True):
        own = [event.data for _, event in events if event.data["route_id"] == route.id]
        assert [view["version"] for view in own] == list(range(1, int(route.version) + 1))
        assert own[-1]["status"] == route.status
        if route.status == "in_progress":
            waiting = [stop.order_id for stop in route.stops if orders[stop.order_id].status == "assigned"]
            assert waiting == []


def each_row_of_a_file_is_written_once(of: Simulation) -> None:
    """Each row is one customer, and the report over REST says what was done with it."""
    api, office = of.world.api, of.business.staff
    customers = {row.id: row for row in Customer.query(of.business.tenant.id, consistent_read=True)}
    known = {of.business.customer.id} if of.business.customer else set()
    for import_id, rows in of.outside.imports.items():
        counts = shown(api, office, import_id)["rows"]
        report = reported(api, office, import_id)
        assert [line["row"] for line in report] == list(range(2, len(rows) + 2))
        assert [customers[line["id"]].name for line in report] == list(rows)
        assert [line["outcome"] for line in report] == list(rows.values())
        assert all(line["written"] for line in report)
        expected = {"created": 0, "updated": 0, "unchanged": 0, **Counter(rows.values())}
        assert {name: counts[name] for name in expected} == expected
        assert counts["total"] == counts["written"] == len(rows)
        known |= {line["id"] for line in report}
        assert customers.keys() == known, "customers who are in no file"
    for customer_id, notes in of.outside.customer_notes.items():
        assert customers[customer_id].notes == notes


def one_session_lives_and_only_its_newest_token_works(of: Simulation) -> None:
    """Changes the session and the limits of sign-ins, so it is the last invariant."""
    if not of.outside.refresh_tokens:
        return
    *older, newest = of.outside.refresh_tokens
    rows = {row.session_id: row for row in RefreshToken.scan(RefreshToken.user_id == of.business.staff.id)}
    living = {session_id for session_id, row in rows.items() if row.revoked_at is None}
    assert newest.partition(".")[0] in living
    # The one of the other tests' client lives as well. A sign-in without an answer leaves a session, too.
    assert 0 < len(living) - 1 <= of.outside.sign_ins
    another = refresh(of, newest, "made-for-the-newest-one")
    assert another.status == 200, another.body
    for token in older:
        assert refresh(of, token, "a thief has another key").status == 401
    assert refresh(of, another.body["refresh_token"]).status == 401, "a thief's use ends the session"
    for _ in range(WRONG_GUESSES):
        assert log_in(of, "wrong password").status == 401
    assert log_in(of).status == 200, "earlier guesses are forgotten after a sign-in"


def nothing_waits(of: Simulation) -> None:
    """No message on any queue, dead letters included, and no SMS without an outcome."""
    assert queued_messages() == {}
    rows = Notification.query(of.business.tenant.id, consistent_read=True)
    assert [row.id for row in rows if row.status in ("queued", "sending")] == []


INVARIANTS: Final[tuple[Invariant, ...]] = (
    acknowledged_changes_are_stored,
    each_change_has_its_event_once_in_order,
    each_entitled_client_has_each_event_once_in_order,
    undisturbed_clients_have_each_event_without_asking,
    no_client_received_an_event_of_others,
    each_sms_is_sent_once,
    row_history_and_log_agree,
    money_and_counts_add_up,
    each_version_of_a_route_has_its_event_once_in_order,
    each_row_of_a_file_is_written_once,
    nothing_waits,
    one_session_lives_and_only_its_newest_token_works,
)


def _orders(of: Simulation) -> list[Order]:
    if of.orders is None:
        of.orders = list(Order.query(of.business.tenant.id, consistent_read=True))
    return of.orders


def _views(events: list[tuple[int, Event]], order: Order) -> list[dict[str, Any]]:
    """The states of an order in events."""
    views = [event.data["order"] for _, event in events if "order" in event.data]
    return [view for view in views if view["id"] == order.id]


def _logged(of: Simulation, channel: str, tenant_id: str | None = None) -> list[tuple[int, Event]]:
    """The events of a channel with their numbers, in order."""
    if of.log is None:
        of.log = {}
        for row in ChannelLog.scan(ChannelLog.seq > 0, consistent_read=True):
            of.log.setdefault(row.channel_key, []).append((int(row.seq), decoded(row)))
    return sorted(of.log.get(channel_key(tenant_id or of.business.tenant.id, channel), []), key=itemgetter(0))
