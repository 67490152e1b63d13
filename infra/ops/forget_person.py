"""A customer's personal data deleted, as privacy law asks: `make forget-person STAGE=… TENANT=… CUSTOMER=…`.

Figures stay: orders with their items, prices and days, attempts, counts of texts. Whose they were does not:
names, numbers, addresses, notes, pictures, contents of texts, messages to the user, short links, the sign-in.
Repeating it is harmless, and is what to do where it was interrupted.
"""

import secrets
import sys
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import boto3
from pynamodb.expressions.update import Action

from chalicelib.auth.passwords import hash_password
from chalicelib.auth.user_ids import users_of_customer
from chalicelib.clock import now, wire
from chalicelib.models.announcement import Announcement
from chalicelib.models.channel_log import ChannelLog
from chalicelib.models.customer import Customer
from chalicelib.models.delivery import Delivery
from chalicelib.models.link import Link
from chalicelib.models.login_name import LoginName
from chalicelib.models.notification import Notification
from chalicelib.models.order import Order
from chalicelib.models.order_template import OrderTemplate
from chalicelib.models.read_cursor import ReadCursor
from chalicelib.models.sms_opt_out import SmsOptOut
from chalicelib.models.user import User
from chalicelib.realtime.channels import channel_key
from chalicelib.realtime.read_cursors import user_key
from chalicelib.settings import settings
from infra.ops.stage import Refused, arguments, ask_first, run
from infra.ops.tenants import tenant

NAME: Final = "（已刪除）"
_OVER: Final = frozenset({"delivered", "completed", "cancelled"})


class Person:
    """A customer and all rows that speak of them."""

    def __init__(self, tenant_id: str, customer_id: str) -> None:
        """Raises Refused where there is no such customer, or where something is still to be delivered to them."""
        try:
            self.customer = Customer.get(tenant_id, customer_id, consistent_read=True)
        except Customer.DoesNotExist as error:
            raise Refused(f"business {tenant_id} has no customer {customer_id}") from error
        self.orders = self._orders()
        open_ones = [row.order_number for row in self.orders if row.status not in _OVER]
        if open_ones:
            raise Refused(f"{', '.join(open_ones)} are under way: deliver or cancel them first")
        numbers = [self.customer.phone, *(row.customer_phone for row in self.orders)]
        self.phones = {each for each in numbers if each}

    def _orders(self) -> list[Order]:
        tenant_id, phone = self.customer.tenant_id, self.customer.phone
        theirs = Order.customer_id == self.customer.id
        if phone:
            # Somebody may have typed the number into an order without choosing the customer.
            theirs = theirs | ((Order.customer_phone == phone) & Order.customer_id.does_not_exist())
        return list(Order.query(tenant_id, filter_condition=theirs, consistent_read=True))


def forget(person: Person, moment: datetime) -> Counter[str]:
    """Deletes it; how many rows of what. The customer's own row comes last: until then the rest is found again."""
    done: Counter[str] = Counter()
    for order in person.orders:
        done["texts"] += _forget_texts(order)
        done["attempts"] += _forget_attempts(order)
        done["pictures"] += _delete_pictures(order)
        _forget_order(order, moment)
        done["orders"] += 1
    user_ids = users_of_customer(person.customer.tenant_id, person.customer.id)
    done["sign-ins"] = _forget_sign_ins(person.customer, user_ids, moment)
    done["messages"] = sum(_forget_messages(person.customer.tenant_id, user_id) for user_id in user_ids)
    done["links"] = _forget_links(person)
    done["templates"] = _end_templates(person.customer, moment)
    for phone in person.phones:
        SmsOptOut(person.customer.tenant_id, phone).delete()
    _forget_customer(person.customer, moment)
    done["customer"] = 1
    return done


def _forget_order(row: Order, moment: datetime) -> None:
    for entry in (*row.history, *(row.money_changes or ())):
        entry.reason = None
    gone = (Order.customer_phone, Order.address, Order.location, Order.notes, Order.pin)
    row.update(
        [
            Order.customer_name.set(NAME),
            Order.history.set(row.history),
            *([Order.money_changes.set(row.money_changes)] if row.money_changes else ()),
            # Quiet, so that no event and no text follows; the version tells those who edit.
            Order.notify.set(False),
            Order.version.add(1),
            Order.updated_at.set(wire(moment)),
            *(each.remove() for each in gone),
        ],
        condition=Order.version == row.version,
    )


def _forget_texts(order: Order) -> int:
    count = 0
    for row in Notification.query(
        order.tenant_id, Notification.id.startswith(f"{order.id}."), consistent_read=True
    ):
        row.update([Notification.recipient.remove(), Notification.content.set(NAME)])
        count += 1
    return count


def _forget_attempts(order: Order) -> int:
    count = 0
    theirs = Delivery.id.startswith(f"{order.id}-")
    for row in Delivery.query(order.tenant_id, theirs, consistent_read=True):
        row.update([Delivery.failure_reason.remove()])
        count += 1
    return count


def _delete_pictures(order: Order) -> int:
    s3, bucket = boto3.client("s3"), settings().proof_bucket
    found = s3.list_objects_v2(Bucket=bucket, Prefix=f"{order.tenant_id}/{order.id}/").get("Contents", ())
    for picture in found:
        s3.delete_object(Bucket=bucket, Key=picture["Key"])
    return len(found)


def _forget_sign_ins(customer: Customer, user_ids: Collection[str], moment: datetime) -> int:
    for user_id in user_ids:
        user = User.get(customer.tenant_id, user_id, consistent_read=True)
        LoginName(user.username).delete()
        changes: list[Action] = [
            User.username.set(f"deleted-{user.id}"),
            User.name.set(NAME),
            User.status.set("suspended"),
            User.password_hash.set(hash_password(secrets.token_urlsafe(32))),
            User.sessions_valid_from.set(wire(moment)),
            User.updated_at.set(wire(moment)),
        ]
        user.update(changes)
    return len(user_ids)


def _forget_messages(tenant_id: str, user_id: str) -> int:
    channel = f"user:{user_id}"
    # Row 0 is the log's head. It names nobody, and a new one would be another log.
    stored = list(ChannelLog.query(channel_key(tenant_id, channel), ChannelLog.seq > 0, consistent_read=True))
    sent = Announcement.query(tenant_id, filter_condition=Announcement.channel == channel, consistent_read=True)
    for row in (*stored, *sent, *ReadCursor.query(user_key(tenant_id, user_id), consistent_read=True)):
        row.delete()
    return len(stored)


def _forget_links(person: Person) -> int:
    subjects = {*person.phones, *(order.id for order in person.orders)}
    # A scan: links are found by their code alone, and end by themselves within weeks.
    ours = Link.scan(Link.tenant_id == person.customer.tenant_id)
    # A receipt's subject is a text's id, which begins with the order's.
    mine = [row for row in ours if row.subject.split(".")[0] in subjects or row.customer_id == person.customer.id]
    for row in mine:
        row.delete()
    return len(mine)


def _end_templates(customer: Customer, moment: datetime) -> int:
    count = 0
    for row in OrderTemplate.query(
        customer.tenant_id, filter_condition=OrderTemplate.customer_id == customer.id, consistent_read=True
    ):
        waits = (OrderTemplate.next_date, OrderTemplate.due_queue, OrderTemplate.due_at, OrderTemplate.notes)
        changes = [OrderTemplate.status.set("ended"), OrderTemplate.updated_at.set(wire(moment))]
        row.update([*changes, OrderTemplate.version.add(1), *(each.remove() for each in waits)])
        count += 1
    return count


def _forget_customer(row: Customer, moment: datetime) -> None:
    gone = (Customer.phone, Customer.address, Customer.location, Customer.language, Customer.notes)
    row.update(
        [
            Customer.name.set(NAME),
            Customer.search_text.set(""),
            Customer.sms_opt_out.set(True),
            Customer.status.set("suspended"),
            Customer.version.add(1),
            Customer.updated_at.set(wire(moment)),
            *(each.remove() for each in gone),
        ]
    )


def main(given: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = ask_first(arguments("infra.ops.forget_person", "Delete a customer's personal data; figures stay."))
    parser.add_argument("--tenant", required=True)
    parser.add_argument("--customer", required=True, help="the customer's id")

    def command(wanted: Any) -> None:
        tenant(wanted.tenant)
        person = Person(wanted.tenant, wanted.customer)
        print(f"customer {person.customer.id} has {len(person.orders)} orders, and {len(person.phones)} numbers")
        if not wanted.yes:
            print("YES=1 deletes whose they were; nothing brings it back but a restored table")
            return
        done = forget(person, now())
        print(", ".join(f"{count} {what}" for what, count in done.items()))

    return run(command, parser, given)


if __name__ == "__main__":
    sys.exit(main())
