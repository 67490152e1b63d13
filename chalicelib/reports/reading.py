"""Reads the orders of some days for a report. The results are not stored."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from msgspec import Struct

from chalicelib.core import aws
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Invalid
from chalicelib.core.groups import slices
from chalicelib.models.base import batch_get
from chalicelib.models.order import Order
from chalicelib.reports.days import Range

# At 100 a call, this takes less time than API Gateway waits for an answer.
MOST_ORDERS: Final = 20_000

_AT_ONCE: Final = 100

# The key is for the log line about an unreadable row.
_READ: Final = ("tenant_id", "id", "day_key", "status", "payment_status", "total_price", "driver_id", "items")


class CountedItem(Struct, frozen=True):
    """An item of an order. product_id: or menu item; None if it only has a name. is_cylinder: as ordered."""

    product_id: str | None
    name: str
    quantity: int
    amount: Decimal
    is_cylinder: bool


class CountedOrder(Struct, frozen=True):
    """The fields of an order for reports. day: the scheduled one, otherwise that of creation."""

    day: str
    status: str
    payment_status: str
    total: Decimal
    driver_id: str | None
    lines: list[CountedItem]

    @property
    def is_sale(self) -> bool:
        """Whether the order was delivered."""
        return self.status in ("delivered", "completed")


def orders_of(tenant_id: str, days: Range, *, most: int = MOST_ORDERS) -> Iterator[CountedOrder]:
    """All readable orders of the days, by day. Raises Invalid `too_many_orders` before it reads the first.

    Reads raw items, because PynamoDB takes as long for a row as DynamoDB, and eventually consistently, because a
    report may be a second old.
    """
    keys = _keys(tenant_id, days, most)
    table = str(Order.Meta.table_name)
    for some in slices(keys, _AT_ONCE):
        rows_to_read = {
            "Keys": some,
            "ProjectionExpression": ", ".join(f"#{name}" for name in _READ),
            "ExpressionAttributeNames": {f"#{name}": name for name in _READ},
        }
        for item in batch_get({table: rows_to_read})[table]:
            try:
                yield _counted(item)
            except (LookupError, TypeError, ValueError, ArithmeticError):
                # Looks for the reason only in rows that could not be counted; doing it for all would double the
                # time.
                Order.unreadable(item, _READ).report()


def _keys(tenant_id: str, days: Range, most: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    pages = (
        aws.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=str(Order.Meta.table_name),
            IndexName="by_day",
            KeyConditionExpression="tenant_id = :tenant AND day_key BETWEEN :first AND :last",
            ProjectionExpression="tenant_id, id",
            ExpressionAttributeValues={
                ":tenant": {"S": tenant_id},
                ":first": {"S": f"{days.first.isoformat()}#"},
                ":last": {"S": f"{days.last.isoformat()}#~"},
            },
        )
    )
    for page in pages:
        found += page["Items"]
        if len(found) > most:
            raise Invalid(("to", f"more than {most} orders; ask for fewer days"), code=ErrorCode.TOO_MANY_ORDERS)
    return found


def _counted(item: dict[str, Any]) -> CountedOrder:
    return CountedOrder(
        day=item["day_key"]["S"].partition("#")[0],
        status=item["status"]["S"],
        payment_status=item["payment_status"]["S"],
        total=Decimal(item["total_price"]["N"]),
        driver_id=item.get("driver_id", {}).get("S"),
        lines=[_counted_item(each["M"]) for each in item["items"]["L"]],
    )


def _counted_item(item: dict[str, Any]) -> CountedItem:
    quantity = int(item["quantity"]["N"])
    return CountedItem(
        product_id=item.get("product_id", {}).get("S") or item.get("menu_item_id", {}).get("S"),
        name=item["name"]["S"],
        quantity=quantity,
        amount=quantity * Decimal(item["unit_price"]["N"]),
        is_cylinder=item.get("is_cylinder", {}).get("BOOL", False),
    )
