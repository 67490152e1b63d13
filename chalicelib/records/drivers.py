"""Drivers. A driver signs in as a user with the driver's id as `driver_id` (`/v1/users`)."""

from datetime import datetime
from typing import Annotated, get_args

from msgspec import UNSET, Struct, UnsetType

from chalicelib.auth.principal import DRIVER, STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.clock import new_id, wire
from chalicelib.core.errors import NotFound
from chalicelib.core.fields import Id, LongText, ShortText, Version, WireTime, one_of, phone, requested_fields
from chalicelib.core.logs import log
from chalicelib.core.search import folded, phone_forms
from chalicelib.models.driver import Driver
from chalicelib.models.lookup import get_row
from chalicelib.records.rows import Listing, Status, change_row, page_of


class NewDriver(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A new driver. phone: as people type it; vehicle: its name or plate."""

    name: ShortText
    phone: ShortText | None = None
    vehicle: ShortText | None = None
    notes: LongText = ""


class DriverChanges(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """Changes to a driver; absent fields do not change, null removes one. version: that the client has seen."""

    name: ShortText | UnsetType = UNSET
    phone: ShortText | None | UnsetType = UNSET
    vehicle: ShortText | None | UnsetType = UNSET
    notes: LongText | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    version: Version | None = None


class DriverView(Struct):
    """A driver as staff see one."""

    id: Id
    name: str
    phone: str | None
    vehicle: str | None
    notes: str | None
    status: Annotated[str, one_of(get_args(Status))]
    version: int
    created_at: WireTime
    updated_at: WireTime


@rule(roles=STAFF)
def get_driver(principal: Principal, driver_id: str) -> Driver:
    """Raises NotFound."""
    return get_row(Driver, principal.tenant_id, driver_id, "driver")


@rule(roles=STAFF | {DRIVER})
def visible_driver(principal: Principal, driver_id: str) -> Driver:
    """Staff may read any driver, a driver only their own record. Raises NotFound."""
    if not principal.is_staff and principal.driver_id != driver_id:
        raise NotFound("There is no such driver.")
    return get_row(Driver, principal.tenant_id, driver_id, "driver")


@rule(roles=STAFF)
def list_drivers(principal: Principal, listing: Listing) -> tuple[list[Driver], str | None]:
    """As `page_of`."""
    return page_of(Driver, principal.tenant_id, listing)


@rule(roles=STAFF)
def create_driver(principal: Principal, new: NewDriver, *, now: datetime) -> Driver:
    """Creates a driver. Raises Invalid."""
    row = new_row(principal.tenant_id, new, now=now)
    row.save(condition=Driver.id.does_not_exist())
    log.info("driver_created", extra={"driver_id": row.id})
    return row


def new_row(tenant_id: str, new: NewDriver, *, now: datetime) -> Driver:
    """The row of a new driver; does not write it. Raises Invalid."""
    at = wire(now)
    row = Driver(
        tenant_id,
        new_id(),
        name=new.name,
        phone=new.phone and phone("phone", new.phone),
        vehicle=new.vehicle,
        notes=new.notes or None,
        created_at=at,
        updated_at=at,
    )
    row.search_text = search_text(row.name, row.phone, row.vehicle)
    return row


@rule(roles=STAFF)
def change_driver(principal: Principal, driver_id: str, changes: DriverChanges, *, now: datetime) -> Driver:
    """Changes a driver and returns the row. Raises NotFound, Invalid or Conflict `stale_version`.

    A suspended driver still has their orders but gets no more.
    """
    row = get_driver(principal, driver_id)
    new_values = requested_fields(changes)
    if new_values.get("phone"):
        new_values["phone"] = phone("phone", new_values["phone"])
    if "notes" in new_values:
        new_values["notes"] = new_values["notes"] or None
    new = {name: new_values.get(name, getattr(row, name)) for name in ("name", "phone", "vehicle")}
    new_values["search_text"] = search_text(**new)
    changed = change_row(row, new_values, version=changes.version, at=wire(now))
    log.info("driver_changed", extra={"driver_id": row.id, "changed": changed})
    return row


def search_text(name: str, phone: str | None, vehicle: str | None) -> str:
    """The text that searches for a driver compare."""
    return folded(name, *phone_forms(phone), vehicle)
