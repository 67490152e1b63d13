"""What reports answer. Amounts are decimal text, in the tenant's currency."""

from msgspec import Struct

from chalicelib.core.fields import WireDay, WireTime
from chalicelib.orders.status import OrderStatus


class Revenue(Struct):
    """What delivered orders come to. unpaid: not paid yet; refunded: paid back, and in no other figure."""

    total: str
    paid: str
    unpaid: str
    refunded: str


class Texts(Struct):
    """What became of texts that were due. sent: taken by the provider or arrived; success_rate: null for none."""

    sent: int
    failed: int
    unknown: int
    skipped: int
    waiting: int
    success_rate: float | None


class Reduction(Struct):
    """A total that was lowered. by: the user's id; by_name: null for no user. status: the order's then."""

    order_id: str
    order_number: str
    table_number: str | None
    customer_name: str | None
    at: WireTime
    by: str
    by_name: str | None
    reason: str | None
    status: OrderStatus
    total_before: str
    total_after: str


class DailyReport(Struct):
    """A day. orders: those for this day, by where they stand; created: those taken in on it, for whatever day.

    reductions: totals lowered on it, of whatever day's orders; reduced: by how much together.
    texts: null where the day's texts are deleted already.
    """

    date: WireDay
    currency: str
    orders: int
    created: int
    delivered: int
    failed: int
    cancelled: int
    by_status: dict[str, int]
    revenue: Revenue
    texts: Texts | None
    reduced: str
    reductions: list[Reduction]


class StatusDay(Struct):
    """A day's orders by where they stand now."""

    date: WireDay
    orders: int
    by_status: dict[str, int]


class StatusReport(Struct, rename={"first": "from", "last": "to"}):
    """Orders by status."""

    first: WireDay
    last: WireDay
    orders: int
    by_status: dict[str, int]
    days: list[StatusDay]


class DriverFigures(Struct):
    """A driver's orders. driver_id: null for what was delivered without one. cylinders: brought, full ones."""

    driver_id: str | None
    name: str | None
    orders: int
    delivered: int
    failed: int
    cylinders: int


class DriverReport(Struct, rename={"first": "from", "last": "to"}):
    """Deliveries by driver, most first."""

    first: WireDay
    last: WireDay
    drivers: list[DriverFigures]


class SalesDay(Struct):
    """A day's delivered orders."""

    date: WireDay
    orders: int
    amount: str


class ProductSales(Struct):
    """What was sold of a product. product_id: null for lines that only have a name."""

    product_id: str | None
    name: str
    quantity: int
    amount: str


class SalesReport(Struct, rename={"first": "from", "last": "to"}):
    """What was delivered and not refunded, by day and by product, largest amount first."""

    first: WireDay
    last: WireDay
    currency: str
    amount: str
    days: list[SalesDay]
    products: list[ProductSales]


class TextsDay(Texts):
    """A day's texts."""

    date: WireDay


class TextsReport(Struct, rename={"first": "from", "last": "to"}):
    """Texts by day.

    stored_from: the first day whose texts are all stored, where the range begins before it; null otherwise. total
    and days leave the deleted ones out.
    """

    first: WireDay
    last: WireDay
    stored_from: WireDay | None
    total: Texts
    days: list[TextsDay]
