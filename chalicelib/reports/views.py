"""The answers of reports. Amounts are decimal text, in the tenant's currency."""

from msgspec import Struct

from chalicelib.core.fields import WireDay, WireTime
from chalicelib.orders.status import OrderStatus


class Revenue(Struct):
    """The revenue of delivered orders. unpaid: not paid yet; refunded: paid back, and in no other figure."""

    total: str
    paid: str
    unpaid: str
    refunded: str


class Texts(Struct):
    """The outcomes of SMS. sent: accepted by the provider or delivered; success_rate: null without any."""

    sent: int
    failed: int
    unknown: int
    skipped: int
    waiting: int
    success_rate: float | None


class Reduction(Struct):
    """A lowered total. by: the user's id; by_name: null without a user. status: the order's at that time."""

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
    """The summary of a day. orders: for this day, by current status; created: on this day, for any day.

    reductions: totals lowered on this day, of orders of any day; reduced: their sum.
    texts: null if the day's SMS are deleted.
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
    """A day's orders by current status."""

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
    """A driver's orders. driver_id: null for orders without a driver. cylinders: full ones delivered."""

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
    """The sales of a product. product_id: null for items that only have a name."""

    product_id: str | None
    name: str
    quantity: int
    amount: str


class SalesReport(Struct, rename={"first": "from", "last": "to"}):
    """Orders that were delivered and not refunded, by day and by product, largest amount first."""

    first: WireDay
    last: WireDay
    currency: str
    amount: str
    days: list[SalesDay]
    products: list[ProductSales]


class TextsDay(Texts):
    """The SMS of a day."""

    date: WireDay


class TextsReport(Struct, rename={"first": "from", "last": "to"}):
    """SMS by day.

    stored_from: the first day whose SMS are all stored, if the range begins before it; null otherwise. total and
    days omit the deleted ones.
    """

    first: WireDay
    last: WireDay
    stored_from: WireDay | None
    total: Texts
    days: list[TextsDay]
