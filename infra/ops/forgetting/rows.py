"""Deletes a person's data in the tenant's rows: orders, attempts, SMS, users, positions, and the person's own row.

A row that loses the number or id by which it is found is changed after all rows that are found through it.
"""

import secrets
from collections import defaultdict
from datetime import datetime

from pynamodb.expressions.update import Action

from chalicelib.auth.passwords import hash_password
from chalicelib.core.clock import wire
from chalicelib.models.base import Table
from chalicelib.models.customer import Customer
from chalicelib.models.delivery import Delivery
from chalicelib.models.display_token import DisplayToken
from chalicelib.models.driver import Driver
from chalicelib.models.driver_position import DriverPosition, DriverTrack
from chalicelib.models.link import Link
from chalicelib.models.login_name import LoginName
from chalicelib.models.notification import Notification
from chalicelib.models.order import Order
from chalicelib.models.order_template import OrderTemplate
from chalicelib.models.read_cursor import ReadCursor
from chalicelib.models.refresh_token import RefreshToken
from chalicelib.models.route import Route
from chalicelib.models.route_progress import RouteProgress
from chalicelib.models.sms_opt_out import SmsOptOut
from chalicelib.models.user import User
from chalicelib.positions.tracks import track_key
from chalicelib.realtime.read_cursors import user_key
from infra.ops.forgetting.person import Person
from infra.ops.forgetting.words import NAME, Words
from infra.ops.stored import TABLES


def forget_mentions(person: Person, words: Words, moment: datetime) -> int:
    """Masks the person's numbers in texts of others' orders, attempts, customers and drivers; returns how many."""
    for order in person.mentions:
        notes = words.masked(order.notes, names=False)
        for entry in (*order.history, *(order.money_changes or ())):
            entry.reason = words.masked(entry.reason, names=False)
        changes: list[Action] = [Order.history.set(order.history)]
        if order.money_changes is not None:
            changes.append(Order.money_changes.set(order.money_changes))
        if notes is not None:
            changes.append(Order.notes.set(notes))
        _change_order(order, changes, moment)
    count = len(person.mentions)
    own = {row.id for row in person.customers} | {row.id for row in person.drivers}
    for model in (Customer, Driver):
        for row in model.query(person.tenant_id, filter_condition=model.notes.exists(), consistent_read=True):
            notes = words.masked(row.notes, names=False)
            if row.id not in own and notes != row.notes:
                row.update([model.notes.set(notes), model.version.add(1), model.updated_at.set(wire(moment))])
                count += 1
    for attempt in Delivery.query(
        person.tenant_id, filter_condition=Delivery.failure_reason.exists(), consistent_read=True
    ):
        reason = words.masked(attempt.failure_reason, names=False)
        if attempt.order_id not in person.order_ids and reason != attempt.failure_reason:
            attempt.update([Delivery.failure_reason.set(reason)])
            count += 1
    return count


def forget_order(row: Order, moment: datetime) -> None:
    """Deletes an order's personal data; items, days and prices stay."""
    _change_order(row, erased(row, "orders", customer_name=NAME), moment)


def _change_order(row: Order, changes: list[Action], moment: datetime) -> None:
    # Without events and SMS. A client that is editing the order gets `stale_version`.
    quiet = [Order.notify.set(False), Order.version.add(1), Order.updated_at.set(wire(moment))]
    row.update([*changes, *quiet], condition=Order.version == row.version)


def forget_attempts(order: Order) -> int:
    """Deletes the failure reasons of an order's attempts; returns how many attempts."""
    count = 0
    theirs = Delivery.id.startswith(f"{order.id}-")
    for row in Delivery.query(order.tenant_id, theirs, consistent_read=True):
        row.update([Delivery.failure_reason.remove()])
        count += 1
    return count


def forget_texts(person: Person) -> int:
    """Deletes number and content of all SMS for their orders or to their numbers; returns how many."""
    count = 0
    numbers = person.phones | person.texted
    for row in Notification.query(person.tenant_id, consistent_read=True):
        if row.order_id not in person.order_ids and row.recipient not in numbers:
            continue
        changes = [
            *erased(row, "notification_history", content=NAME, receipt_code=""),
            Notification.provider_message_id.remove(),
        ]
        row.update(changes, condition=Notification.id.exists())
        count += 1
    return count


def forget_links(person: Person) -> int:
    """Deletes the links that were sent to them; returns how many."""
    subjects = {*person.phones, *person.texted, *person.order_ids}
    customer_ids = {row.id for row in person.customers}
    # A scan, because the key of a link is only its code.
    ours = Link.scan(Link.tenant_id == person.tenant_id, consistent_read=True)
    # A receipt's subject is the id of an SMS, which begins with the order's.
    mine = [row for row in ours if row.subject.split(".")[0] in subjects or row.customer_id in customer_ids]
    for row in mine:
        row.delete()
    return len(mine)


def forget_opt_outs(person: Person) -> None:
    """Deletes the opt-outs of their numbers."""
    for phone in person.phones | person.texted:
        SmsOptOut(person.tenant_id, phone).delete()


def end_templates(row: Customer, moment: datetime) -> int:
    """Ends a customer's recurring orders; returns how many."""
    count = 0
    theirs = OrderTemplate.customer_id == row.id
    for template in OrderTemplate.query(row.tenant_id, filter_condition=theirs, consistent_read=True):
        waits = (OrderTemplate.next_date, OrderTemplate.due_queue, OrderTemplate.due_at, OrderTemplate.notes)
        changes = [OrderTemplate.status.set("ended"), OrderTemplate.updated_at.set(wire(moment))]
        template.update([*changes, OrderTemplate.version.add(1), *(each.remove() for each in waits)])
        count += 1
    return count


def forget_positions(row: Driver) -> None:
    """Deletes a driver's position and tracks."""
    DriverPosition(row.tenant_id, row.id).delete()
    for part in DriverTrack.query(track_key(row.tenant_id, row.id), consistent_read=True):
        part.delete()


def forget_routes(person: Person, words: Words, moment: datetime) -> None:
    """Masks the driver in the names of their routes, and deletes the routes' progress."""
    for row in person.routes:
        RouteProgress(row.tenant_id, row.id).delete()
        name = words.masked(row.name, names=True)
        if name != row.name:
            quiet = [Route.notify.set(False), Route.version.add(1), Route.updated_at.set(wire(moment))]
            row.update([Route.name.set(name), *quiet], condition=Route.version == row.version)


def forget_screens(person: Person, words: Words) -> None:
    """Masks the person in the names of the tenant's display tokens."""
    for row in DisplayToken.query(person.tenant_id, consistent_read=True):
        name = words.masked(row.name, names=True)
        if name != row.name:
            row.update([DisplayToken.name.set(name)], condition=DisplayToken.id.exists())


def forget_user(row: User, moment: datetime) -> None:
    """Deletes a user's name, username, password, sessions, and read cursors."""
    LoginName(row.username).delete()
    for cursor in ReadCursor.query(user_key(row.tenant_id, row.id), consistent_read=True):
        cursor.delete()
    # A scan, because the key of a session is only its id.
    theirs = (RefreshToken.tenant_id == row.tenant_id) & (RefreshToken.user_id == row.id)
    for session in RefreshToken.scan(theirs, consistent_read=True):
        session.delete()
    nothing = hash_password(secrets.token_urlsafe(32))
    changes = erased(row, "users", username=f"deleted-{row.id}", name=NAME, password_hash=nothing)
    row.update([*changes, User.updated_at.set(wire(moment))])


def forget_driver(row: Driver, moment: datetime) -> None:
    """Deletes a driver's personal data; the row stays for the figures of deliveries."""
    changes = erased(row, "drivers", name=NAME, search_text="")
    row.update([*changes, Driver.version.add(1), Driver.updated_at.set(wire(moment))])


def forget_customer(row: Customer, moment: datetime) -> None:
    """Deletes a customer's personal data; the row stays for the figures of orders."""
    changes = erased(row, "customers", name=NAME, search_text="")
    more = [Customer.language.remove(), Customer.sms_opt_out.set(True)]
    row.update([*changes, *more, Customer.version.add(1), Customer.updated_at.set(wire(moment))])


def shut_out(person: Person, moment: datetime) -> None:
    """Ends all sessions and prevents new orders and routes, so that no further rows of the person appear."""
    for user in person.users:
        user.update([User.status.set("suspended"), User.sessions_valid_from.set(wire(moment))])
    for customer in person.customers:
        customer.update([Customer.status.set("suspended")])
    for driver in person.drivers:
        driver.update([Driver.status.set("suspended")])


def erased(row: Table, table: str, **instead: str) -> list[Action]:
    """The actions that remove or replace all attributes that infra/ops/stored.py lists as personal or live.

    instead: replacements by attribute. Raises TypeError for a required attribute without one.
    """
    stored, actions, inner = TABLES[table], [], defaultdict(set)
    for path in f"{stored.personal} {stored.live}".split():
        name, _, part = path.partition(".")
        inner[name].add(part)
    for name, parts in inner.items():
        attribute, value = getattr(type(row), name), getattr(row, name)
        if name in instead:
            actions.append(attribute.set(instead[name]))
        elif isinstance(value, list):
            for each in value:
                for part in parts:
                    setattr(each, part, None)
            actions.append(attribute.set(value))
        elif not attribute.null:
            raise TypeError(f"{table}.{name} needs a value")
        else:
            actions.append(attribute.remove())
    return actions
