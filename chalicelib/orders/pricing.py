"""Items and totals. Prices come from the catalogue; only staff may set others. Agreed prices do not change."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from chalicelib.auth.principal import Principal
from chalicelib.core.clock import new_id
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Invalid
from chalicelib.core.fields import money
from chalicelib.models.order import OrderItem
from chalicelib.models.product import Product
from chalicelib.orders.drafts import ItemDraft


def priced_items(
    principal: Principal,
    drafts: Sequence[ItemDraft],
    catalogue: Mapping[str, Product] | None = None,
    *,
    existing: Sequence[OrderItem] = (),
) -> list[OrderItem]:
    """The items with names and prices. One read for all products, none if `catalogue` is given.

    existing: the order's items. One of the same product keeps its agreed values except those in the draft, even if
    the product now has another price or is suspended. `check_items` must have checked the drafts. Raises Invalid
    naming the item.
    """
    agreed = _agreed(drafts, existing)
    if catalogue is None:
        new = {draft.catalogue_id for draft, line in zip(drafts, agreed, strict=True) if line is None}
        catalogue = _catalogue(principal.tenant_id, new)
    found = []
    for n, (draft, line) in enumerate(zip(drafts, agreed, strict=True)):
        field = f"items.{n}"
        found.append(_priced(principal, field, draft, catalogue) if line is None else _changed(field, draft, line))
    return found


def total(items: Iterable[OrderItem]) -> Decimal:
    """The exact sum of quantity × unit price."""
    return sum((item.unit_price * int(item.quantity) for item in items), Decimal(0))


def _catalogue(tenant_id: str, ids: set[str | None]) -> dict[str, Product]:
    ids_to_read = [(tenant_id, product_id) for product_id in ids if product_id]
    return {product.id: product for product in Product.batch_get(ids_to_read)}


def _agreed(drafts: Sequence[ItemDraft], existing: Iterable[OrderItem]) -> list[OrderItem | None]:
    """The existing item of each draft, or None. Several items of one product are matched in order, each once."""
    left: dict[str | None, list[OrderItem]] = defaultdict(list)
    for line in existing:
        left[line.product_id or line.menu_item_id or f"named {line.name}"].append(line)
    found = (left[draft.catalogue_id or f"named {draft.name}"] for draft in drafts)
    return [lines.pop(0) if lines else None for lines in found]


def check_items(principal: Principal, drafts: Sequence[ItemDraft]) -> None:
    """Raises Invalid, naming the item, for faults that show without reading products."""
    for n, draft in enumerate(drafts):
        if draft.product_id and draft.menu_item_id:
            raise Invalid((f"items.{n}", "either product_id or menu_item_id, not both"))
        if not principal.is_staff and (draft.name is not None or draft.unit_price is not None):
            raise Invalid((f"items.{n}", "only staff may set a name or a price"))


def _changed(field: str, draft: ItemDraft, line: OrderItem) -> OrderItem:
    price = line.unit_price if draft.unit_price is None else money(f"{field}.unit_price", draft.unit_price)
    return OrderItem(
        id=line.id,
        product_id=line.product_id,
        menu_item_id=line.menu_item_id,
        name=line.name if draft.name is None else draft.name,
        quantity=draft.quantity,
        unit_price=price,
        is_cylinder=line.is_cylinder,
        weight=line.weight,
    )


def _priced(principal: Principal, field: str, draft: ItemDraft, catalogue: Mapping[str, Product]) -> OrderItem:
    name, price = draft.name, draft.unit_price
    is_cylinder = weight = None
    if draft.catalogue_id:
        product = catalogue.get(draft.catalogue_id)
        if product is None or product.status != "active":
            which = "product_id" if draft.product_id else "menu_item_id"
            raise Invalid((f"{field}.{which}", "there is no such product"))
        if not product.available and not principal.is_staff:
            raise Invalid((field, f"{product.name} is sold out"), code=ErrorCode.SOLD_OUT)
        name = product.name if name is None else name
        price = product.unit_price if price is None else price
        is_cylinder, weight = product.is_cylinder or None, product.weight
    if name is None:
        raise Invalid((f"{field}.name", "missing, as no product is named"))
    if price is None:
        raise Invalid((f"{field}.unit_price", "missing, as no product is named"))
    return OrderItem(
        id=new_id(),
        product_id=draft.product_id,
        menu_item_id=draft.menu_item_id,
        name=name,
        quantity=draft.quantity,
        unit_price=money(f"{field}.unit_price", price),
        is_cylinder=is_cylinder,
        weight=weight,
    )
