"""Lines and totals. Prices come from the catalogue; only staff may set their own."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from chalicelib.auth.principal import Principal
from chalicelib.clock import new_id
from chalicelib.errors import Invalid
from chalicelib.fields import money
from chalicelib.models.order import OrderItem
from chalicelib.models.product import Product
from chalicelib.orders.drafts import ItemDraft


def priced_items(
    principal: Principal, drafts: Sequence[ItemDraft], catalogue: Mapping[str, Product] | None = None
) -> list[OrderItem]:
    """The lines with names and prices. One read for all products, none where they are given. Raises Invalid
    naming the line."""
    if catalogue is None:
        catalogue = _catalogue(principal.tenant_id, {draft.catalogue_id for draft in drafts})
    return [_priced(principal, f"items.{n}", draft, catalogue) for n, draft in enumerate(drafts)]


def total(items: Iterable[OrderItem]) -> Decimal:
    """The exact sum of quantity × unit price."""
    return sum((item.unit_price * int(item.quantity) for item in items), Decimal(0))


def _catalogue(tenant_id: str, ids: set[str | None]) -> dict[str, Product]:
    wanted = [(tenant_id, product_id) for product_id in ids if product_id]
    return {product.id: product for product in Product.batch_get(wanted)} if wanted else {}


def _priced(principal: Principal, field: str, draft: ItemDraft, catalogue: Mapping[str, Product]) -> OrderItem:
    if draft.product_id and draft.menu_item_id:
        raise Invalid((field, "either product_id or menu_item_id, not both"))
    if not principal.is_staff and (draft.name is not None or draft.unit_price is not None):
        raise Invalid((field, "only staff may set a name or a price"))
    name, price = draft.name, draft.unit_price
    is_cylinder = weight = None
    if draft.catalogue_id:
        product = catalogue.get(draft.catalogue_id)
        if product is None or product.status != "active":
            which = "product_id" if draft.product_id else "menu_item_id"
            raise Invalid((f"{field}.{which}", "there is no such product"))
        if not product.available and not principal.is_staff:
            raise Invalid((field, f"{product.name} is sold out"), code="sold_out")
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
