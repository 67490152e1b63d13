"""Products: gas cylinders and dishes."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Final, get_args

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from chalicelib.auth.principal import ROLES, STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.clock import new_id, wire
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.core.fields import (
    Id,
    LongText,
    ShortText,
    Version,
    WireTime,
    money,
    money_text,
    one_of,
    requested_fields,
)
from chalicelib.core.logs import log
from chalicelib.core.search import folded
from chalicelib.models.lookup import get_row
from chalicelib.models.product import Product
from chalicelib.models.views import view_of
from chalicelib.records.rows import Listing, Status, change_row, page_of

# A cylinder contains at most 50 kg and weighs as much again.
_HEAVIEST: Final = Decimal(1000)
_GRAMS: Final = 3

Position = Annotated[int, Meta(ge=0, le=10_000)]


class NewProduct(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A new product. weight: kilograms; is_cylinder: is returned empty; position: in a menu, low ones first."""

    name: ShortText
    unit_price: Decimal
    category: ShortText | None = None
    description: LongText = ""
    weight: Decimal | None = None
    is_cylinder: bool = False
    available: bool = True
    position: Position = 0


class ProductChanges(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """Changes to a product; absent fields do not change, null removes one. available: false while sold out."""

    name: ShortText | UnsetType = UNSET
    unit_price: Decimal | UnsetType = UNSET
    category: ShortText | None | UnsetType = UNSET
    description: LongText | UnsetType = UNSET
    weight: Decimal | None | UnsetType = UNSET
    is_cylinder: bool | UnsetType = UNSET
    available: bool | UnsetType = UNSET
    position: Position | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    version: Version | None = None


class ProductView(Struct):
    """A product; amounts are decimal text."""

    id: Id
    name: str
    unit_price: str
    category: str | None
    description: str | None
    weight: str | None
    is_cylinder: bool
    available: bool
    position: int
    status: Annotated[str, one_of(get_args(Status))]
    version: int
    created_at: WireTime
    updated_at: WireTime


class MenuItem(Struct):
    """A dish. id: the `menu_item_id` of an order's item. available: false while it is sold out."""

    id: Id
    name: str
    unit_price: str
    description: str | None
    available: bool


class MenuSection(Struct):
    """The dishes of a category; null for those without one."""

    category: str | None
    items: list[MenuItem]


def get_product(tenant_id: str, product_id: str) -> Product:
    """Raises NotFound."""
    return get_row(Product, tenant_id, product_id, "product")


@rule(roles=ROLES)
def visible_product(principal: Principal, product_id: str) -> Product:
    """Staff may read any product, other roles only active ones. Raises NotFound."""
    row = get_product(principal.tenant_id, product_id)
    if row.status != "active" and not principal.is_staff:
        raise NotFound("There is no such product.")
    return row


@rule(roles=ROLES)
def list_products(principal: Principal, listing: Listing) -> tuple[list[Product], str | None]:
    """As `page_of`; for roles other than staff only active ones."""
    new_values = listing if principal.is_staff else structs.replace(listing, status="active")
    return page_of(Product, principal.tenant_id, new_values)


@rule(roles=STAFF)
def create_product(principal: Principal, new: NewProduct, *, now: datetime) -> Product:
    """Creates a product. Raises Invalid."""
    at = wire(now)
    row = Product(
        principal.tenant_id,
        new_id(),
        name=new.name,
        unit_price=money("unit_price", new.unit_price),
        category=new.category,
        description=new.description or None,
        weight=_weight(new.weight),
        is_cylinder=new.is_cylinder,
        available=new.available,
        position=new.position,
        search_text=folded(new.name, new.category),
        created_at=at,
        updated_at=at,
    )
    row.save(condition=Product.id.does_not_exist())
    log.info("product_created", extra={"product_id": row.id})
    return row


@rule(roles=STAFF)
def change_product(principal: Principal, product_id: str, changes: ProductChanges, *, now: datetime) -> Product:
    """Changes a product and returns the row. The prices of existing orders do not change.

    Raises NotFound, Invalid or Conflict `stale_version`.
    """
    row = get_product(principal.tenant_id, product_id)
    new_values = requested_fields(changes)
    if "unit_price" in new_values:
        new_values["unit_price"] = money("unit_price", new_values["unit_price"])
    if "weight" in new_values:
        new_values["weight"] = _weight(new_values["weight"])
    if "description" in new_values:
        new_values["description"] = new_values["description"] or None
    new_values["search_text"] = folded(new_values.get("name", row.name), new_values.get("category", row.category))
    changed = change_row(row, new_values, version=changes.version, at=wire(now))
    log.info("product_changed", extra={"product_id": row.id, "changed": changed})
    return row


def product_view(row: Product) -> ProductView:
    """The row for all roles that may order it."""
    weight = None if row.weight is None else money_text(row.weight)
    flags = {"is_cylinder": bool(row.is_cylinder), "available": bool(row.available)}
    return view_of(ProductView, row, unit_price=money_text(row.unit_price), weight=weight, **flags)


def menu_of(tenant_id: str) -> list[MenuSection]:
    """The active products by category, including sold-out ones. Categories are sorted by their first item."""
    rows = list(Product.query(tenant_id, filter_condition=Product.status == "active"))
    rows.sort(key=lambda row: (int(row.position), row.name))
    sections: dict[str | None, MenuSection] = {}
    for row in rows:
        sections.setdefault(row.category, MenuSection(row.category, [])).items.append(
            MenuItem(row.id, row.name, money_text(row.unit_price), row.description, bool(row.available))
        )
    return list(sections.values())


def _weight(weight: Decimal | None) -> Decimal | None:
    if weight is None:
        return None
    if not weight.is_finite() or not 0 < weight <= _HEAVIEST or weight != round(weight, _GRAMS):
        raise Invalid(("weight", f"must be more than 0, at most {_HEAVIEST} kg, and whole grams"))
    return weight
