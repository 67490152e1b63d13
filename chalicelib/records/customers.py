"""Customers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from chalicelib.auth.principal import CUSTOMER, STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.clock import new_id, wire
from chalicelib.core.errors import NotFound
from chalicelib.core.fields import (
    Id,
    LineText,
    LongText,
    Place,
    ShortText,
    Version,
    WireTime,
    one_of,
    phone,
    requested_fields,
)
from chalicelib.core.logs import log
from chalicelib.core.search import folded, phone_forms
from chalicelib.models.customer import Customer
from chalicelib.models.lookup import get_row
from chalicelib.models.order import Location
from chalicelib.models.views import view_of
from chalicelib.records.rows import Listing, Status, change_row, page_of

Language = Literal["zh-TW", "en"]
Cylinders = Annotated[int, Meta(ge=0, le=10_000)]


class NewCustomer(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A new customer. phone: as people type it; location: of the door, if it is known."""

    name: ShortText
    phone: ShortText | None = None
    address: LineText | None = None
    location: Place | None = None
    language: Language | None = None
    notes: LongText = ""


class CustomerChanges(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """Changes to a customer; absent fields do not change, null removes one. version: that the client has seen.

    cylinders_out: as counted at the customer's; replaces the count from deliveries.
    """

    name: ShortText | UnsetType = UNSET
    phone: ShortText | None | UnsetType = UNSET
    address: LineText | None | UnsetType = UNSET
    location: Place | None | UnsetType = UNSET
    language: Language | None | UnsetType = UNSET
    notes: LongText | UnsetType = UNSET
    cylinders_out: Cylinders | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    version: Version | None = None


class CustomerView(Struct):
    """A customer as staff see one. cylinders_out: how many cylinders of the tenant the customer has."""

    id: Id
    name: str
    phone: str | None
    address: str | None
    location: Place | None
    language: Annotated[str, one_of(get_args(Language))] | None
    notes: str | None
    sms_opt_out: bool
    cylinders_out: int
    status: Annotated[str, one_of(get_args(Status))]
    version: int
    created_at: WireTime
    updated_at: WireTime


def get_customer(tenant_id: str, customer_id: str) -> Customer:
    """Raises NotFound."""
    return get_row(Customer, tenant_id, customer_id, "customer")


@rule(roles=STAFF | {CUSTOMER})
def visible_customer(principal: Principal, customer_id: str) -> Customer:
    """Staff may read any customer, a customer only their own record. Raises NotFound."""
    if not principal.is_staff and principal.customer_id != customer_id:
        raise NotFound("There is no such customer.")
    return get_customer(principal.tenant_id, customer_id)


@rule(roles=STAFF)
def list_customers(principal: Principal, listing: Listing) -> tuple[list[Customer], str | None]:
    """As `page_of`."""
    return page_of(Customer, principal.tenant_id, listing)


@rule(roles=STAFF)
def create_customer(principal: Principal, new: NewCustomer, *, now: datetime) -> Customer:
    """Creates a customer. Raises Invalid."""
    row = new_row(principal.tenant_id, new, now=now)
    row.save(condition=Customer.id.does_not_exist())
    log.info("customer_created", extra={"customer_id": row.id})
    return row


def new_row(tenant_id: str, new: NewCustomer, *, now: datetime) -> Customer:
    """The row of a new customer; does not write it. Raises Invalid."""
    at = wire(now)
    row = Customer(
        tenant_id,
        new_id(),
        name=new.name,
        phone=new.phone and phone("phone", new.phone),
        address=new.address,
        location=new.location and Location(latitude=new.location.latitude, longitude=new.location.longitude),
        language=new.language,
        notes=new.notes or None,
        created_at=at,
        updated_at=at,
    )
    row.search_text = search_text(row.name, row.phone, row.address)
    return row


@rule(roles=STAFF)
def change_customer(
    principal: Principal, customer_id: str, changes: CustomerChanges, *, now: datetime
) -> Customer:
    """Changes a customer and returns the row. Raises NotFound, Invalid or Conflict `stale_version`."""
    row = get_customer(principal.tenant_id, customer_id)
    new_values = requested_fields(changes)
    if new_values.get("cylinders_out") == (row.cylinders_out or 0):
        del new_values["cylinders_out"]
    if new_values.get("phone"):
        new_values["phone"] = phone("phone", new_values["phone"])
    if "notes" in new_values:
        new_values["notes"] = new_values["notes"] or None
    if "location" in new_values:
        place = new_values["location"]
        same = place == _place(row)
        new_values["location"] = row.location if same else place and Location(**structs.asdict(place))
    changed = change_row(row, with_derived_values(row, new_values), version=changes.version, at=wire(now))
    log.info("customer_changed", extra={"customer_id": row.id, "changed": changed})
    return row


def with_derived_values(row: Customer, new_values: Mapping[str, Any]) -> dict[str, Any]:
    """The new values of a customer and those derived from them: the search text and the coordinates.

    A new address without coordinates removes the old ones, which would lead the driver to the old address.
    """
    moved = "location" not in new_values and new_values.get("address", row.address) != row.address
    texts = {name: new_values.get(name, getattr(row, name)) for name in ("name", "phone", "address")}
    return {**new_values, **({"location": None} if moved else {}), "search_text": search_text(**texts)}


def customer_view(row: Customer) -> CustomerView:
    """The row for staff."""
    others = {"sms_opt_out": bool(row.sms_opt_out), "cylinders_out": int(row.cylinders_out or 0)}
    return view_of(CustomerView, row, location=_place(row), **others)


def _place(row: Customer) -> Place | None:
    return Place(row.location.latitude, row.location.longitude) if row.location else None


def search_text(name: str, phone: str | None, address: str | None) -> str:
    """The text that searches for a customer compare."""
    return folded(name, *phone_forms(phone), address)
