"""Finds the rows of a person whose data is to be deleted, by a customer, a phone number, a driver or a user."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from chalicelib.auth.principal import ADMIN
from chalicelib.core.phones import normalise, normalised
from chalicelib.models.customer import Customer
from chalicelib.models.driver import Driver
from chalicelib.models.file_import import RUNNING, FileImport
from chalicelib.models.order import Order
from chalicelib.models.order_status import UNDER_WAY
from chalicelib.models.route import Route
from chalicelib.models.user import User
from chalicelib.routes.status import ENDED as ROUTE_ENDED
from infra.ops.forgetting.words import Words
from infra.ops.stage import Refused

_OVER: Final = frozenset({"delivered", "completed", "cancelled"})
Row = TypeVar("Row", Customer, Driver)

_WITH_DRIVER: Final = UNDER_WAY | {"assigned"}


@dataclass
class Person:
    """All rows of one person.

    by_phone: whether the person was found only by the number, and may be no customer. phones: E.164, the person's
    own. texted: numbers of their orders that no other person has. mentions: orders of others whose texts contain
    one of the numbers. driven: numbers of the orders that the person, as a driver, still has to deliver.
    """

    tenant_id: str
    customers: list[Customer] = field(default_factory=list)
    drivers: list[Driver] = field(default_factory=list)
    users: list[User] = field(default_factory=list)
    phones: set[str] = field(default_factory=set)
    by_phone: bool = False
    orders: list[Order] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    texted: set[str] = field(default_factory=set)
    mentions: list[Order] = field(default_factory=list)
    driven: list[str] = field(default_factory=list)

    @property
    def order_ids(self) -> set[str]:
        return {row.id for row in self.orders}

    @property
    def user_ids(self) -> set[str]:
        return {row.id for row in self.users}

    def words(self) -> Words:
        """The words that identify the person in texts."""
        mails = (row.username for row in self.users if "@" in row.username)
        names: list[str | None] = [row.name for row in self.customers]
        names += [row.address for row in self.customers]
        names += [row.name for row in self.drivers]
        names += [row.name for row in self.users]
        for order in self.orders:
            names += (order.customer_name, order.address)
        return Words(phones=self.phones | self.texted, mails=mails, names=filter(None, names))


def find(
    tenant_id: str,
    *,
    customer: str | None = None,
    phone: str | None = None,
    driver: str | None = None,
    user: str | None = None,
) -> Person:
    """The person with one of these: an id, or a number as people type it.

    Raises Refused if there is no such row, and if the data is still needed: for an order under way, a driver with
    an open route or order, the last admin; also while an import runs, which could create the person again.
    """
    person = Person(tenant_id)
    users = list(User.query(tenant_id, consistent_read=True))
    if user is not None:
        found = next((row for row in users if row.id == user), None)
        if found is None:
            raise Refused(f"business {tenant_id} has no user {user}")
        person.users = [found]
        customer, driver = found.customer_id, found.driver_id
    if customer is not None:
        person.customers = _rows(Customer, "customer", tenant_id, customer, is_named=user is None)
    if driver is not None:
        person.drivers = _rows(Driver, "driver", tenant_id, driver, is_named=user is None)
    if phone is not None:
        number = _number(phone)
        person.by_phone, person.phones = True, {number}
        person.customers = list(
            Customer.query(tenant_id, filter_condition=Customer.phone == number, consistent_read=True)
        )
        person.drivers = list(
            Driver.query(tenant_id, filter_condition=Driver.phone == number, consistent_read=True)
        )
        person.users = [row for row in users if row.username == number]
    _add_users(person, users)
    _add_orders(person)
    _refuse(person, users)
    return person


def _number(phone: str) -> str:
    try:
        return normalise(phone)
    except ValueError as error:
        raise Refused(f"{phone} is not a phone number of Taiwan") from error


def _rows(model: type[Row], what: str, tenant_id: str, id_: str, *, is_named: bool) -> list[Row]:
    """The row with the id, as a list. is_named: by the caller, and not by a user's row."""
    row = model.find(tenant_id, id_, consistent_read=True)
    if row is None and is_named:
        raise Refused(f"business {tenant_id} has no {what} {id_}")
    return [] if row is None else [row]


def _add_users(person: Person, users: Iterable[User]) -> None:
    """Adds the users of the customers and drivers, and all phone numbers."""
    ids = {row.id for row in person.customers} | {row.id for row in person.drivers}
    known = person.user_ids
    person.users += [row for row in users if row.id not in known and ids & {row.customer_id, row.driver_id}]
    person.phones |= {row.phone for row in person.customers if row.phone}
    person.phones |= {row.phone for row in person.drivers if row.phone}
    person.phones |= {row.username for row in person.users if row.username.startswith("+")}


def _add_orders(person: Person) -> None:
    customer_ids = {row.id for row in person.customers}
    driver_ids = {row.id for row in person.drivers}
    words = Words(phones=person.phones, mails=[row.username for row in person.users], names=())
    # Reads all orders, because no index has phone numbers or notes.
    for order in Order.query(person.tenant_id, consistent_read=True):
        is_typed = _same(order.customer_phone, person.phones) and (person.by_phone or order.customer_id is None)
        if order.customer_id in customer_ids or is_typed:
            person.orders.append(order)
        elif texts_of(order) != words.masked(texts_of(order), names=False):
            person.mentions.append(order)
        if order.driver_id in driver_ids and order.status in _WITH_DRIVER:
            person.driven.append(order.order_number)
    entered = {order.customer_phone for order in person.orders if order.customer_phone} - person.phones
    person.texted = {each for each in entered if not _is_of_another(person, each)}
    for driver_id in driver_ids:
        driven = Route.driver_key.startswith(f"{driver_id}#")
        person.routes += Route.by_driver.query(person.tenant_id, driven, consistent_read=True)


def texts_of(order: Order) -> list[str | None]:
    """The free texts of an order."""
    return [order.notes, *(entry.reason for entry in (*order.history, *(order.money_changes or ())))]


def _same(entered: str | None, phones: set[str]) -> bool:
    if entered is None or entered in phones:
        return entered is not None
    return normalised(entered) in phones


def _is_of_another(person: Person, phone: str) -> bool:
    known = {row.id for row in person.customers}
    return any(row.id not in known for row in Customer.by_phone.query(person.tenant_id, Customer.phone == phone))


def _refuse(person: Person, users: Iterable[User]) -> None:
    open_orders = [row.order_number for row in person.orders if row.status not in _OVER]
    if open_orders:
        raise Refused(f"{', '.join(open_orders)} are under way: deliver or cancel them first")
    driven = [row.name or row.id for row in person.routes if row.status not in ROUTE_ENDED] + person.driven
    if driven:
        raise Refused(f"the driver still has {', '.join(driven)}: complete them or assign another driver first")
    admins = Counter(row.id in person.user_ids for row in users if row.role == ADMIN and row.status == "active")
    if admins[True] and not admins[False]:
        raise Refused("this is the business's last admin: make another one first")
    running = [row.id for row in FileImport.query(person.tenant_id, consistent_read=True) if row.state in RUNNING]
    if running:
        raise Refused(f"the import {', '.join(running)} is running: repeat the command when it is done")
