"""Reads the row of an order: items, days, amounts, and statuses in the words of shops and the replaced system."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from chalicelib.core.errors import Invalid
from chalicelib.core.fields import LineText, LongText, ShortText, phone
from chalicelib.imports.map.cells import Reader, amount, day, drafted, past, plain_word, whole, word
from chalicelib.models.order import PaymentMethod
from chalicelib.models.tenant import Tenant
from chalicelib.orders.status import FIRST, STEPS
from chalicelib.orders.status_words import STATUS_WORDS
from chalicelib.sms.templates import STATUS_NAMES

# Other words for a status, for both kinds of tenants; the status must be in the tenant's table.
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "pending": ("未處理", "new"),
    "assigned": ("已指派",),
    "delivering": ("in delivery", "out for delivery"),
    "arriving": ("即將到達", "即將抵達"),
    "arrived": ("已到達",),
    "delivered": ("completed", "done", "已完成", "完成"),
    "completed": ("done", "完成"),
    "preparing": ("製作中",),
    "cancelled": ("canceled", "取消"),
}
_PAID: Final[Mapping[str, str]] = {
    **{status: status for status in ("pending", "paid", "refunded")},
    "unpaid": "pending",
    "未付款": "pending",
    "未付": "pending",
    "未收款": "pending",
    "已付款": "paid",
    "已付": "paid",
    "已收款": "paid",
    "已退款": "refunded",
}
METHODS: Final[Mapping[str, PaymentMethod]] = {
    "cash": "cash",
    "transfer": "transfer",
    "bank transfer": "transfer",
    "card": "card",
    "credit card": "card",
    "line pay": "line_pay",
    "linepay": "line_pay",
    "現金": "cash",
    "轉帳": "transfer",
    "匯款": "transfer",
    "信用卡": "card",
    "刷卡": "card",
}
_MOST_LINES: Final = 100


class LineDraft(Struct, frozen=True):
    """An item of an order; unit_price: None for the catalogue's."""

    name: ShortText
    quantity: Annotated[int, Meta(ge=1, le=999)]
    unit_price: Decimal | None = None


class OrderText(Struct, frozen=True, kw_only=True):
    """The content of a row; None for what it does not contain.

    made_at: when the order was made. listed: one cell contained all items.
    """

    lines: list[LineDraft]
    listed: bool
    status: str
    payment_status: str
    payment_method: str | None = None
    order_number: ShortText | None = None
    customer_name: ShortText | None = None
    customer_phone: str | None = None
    address: LineText | None = None
    table_number: ShortText | None = None
    notes: LongText | None = None
    total: Decimal | None = None
    made_at: dt.datetime | None = None
    scheduled_date: dt.date | None = None


class _Plain(Struct, frozen=True):
    order_number: ShortText | None = None
    customer_name: ShortText | None = None
    address: LineText | None = None
    table_number: ShortText | None = None
    notes: LongText | None = None


def order_text(values: Mapping[str, str], tenant: Tenant, now: dt.datetime) -> OrderText:
    """The content of a row. Raises Invalid with all errors of the row."""
    reader = Reader(values)
    status = reader.cell("status", _status, tenant.kind)
    payment_status = reader.cell("payment_status", word, _PAID)
    cells: dict[str, Any] = {
        "customer_phone": reader.cell("customer_phone", phone),
        "total": reader.cell("total", amount),
        "made_at": reader.cell("order_date", past, tenant.time_zone, now),
        "scheduled_date": reader.cell("scheduled_date", day),
        "payment_method": reader.cell("payment_method", word, METHODS),
    }
    plain, lines = reader.named(_Plain), reader.part(lines_of, values)
    reader.check()
    assert plain is not None and lines is not None, "nothing was wrong"  # noqa: S101, PT018
    return OrderText(
        lines=lines,
        listed="items" in values,
        status=status or FIRST,
        payment_status=payment_status or "pending",
        **msgspec.structs.asdict(plain),
        **cells,
    )


def _status(field: str, text: str, kind: str) -> str:
    return word(field, text, _statuses(kind))


@cache
def _statuses(kind: str) -> Mapping[str, str]:
    """The statuses of a kind of tenant: by their codes, their labels, and the names of other systems."""
    named = {name: status for status in STEPS[kind] for name in _WORDS.get(status, ())}
    for names in ({each: each for each in STEPS[kind]}, STATUS_WORDS, *STATUS_NAMES.values()):
        named |= {plain_word(names[status]): status for status in STEPS[kind]}
    return named


def lines_of(values: Mapping[str, str]) -> list[LineDraft]:
    """The ordered items: one, or a JSON list of several. Raises Invalid."""
    if "items" in values:
        return _listed(values["items"])
    if "item" not in values:
        raise Invalid(("item", "missing"))
    if "quantity" not in values:
        raise Invalid(("quantity", "missing"))
    line: dict[str, Any] = {"name": values["item"], "quantity": whole("quantity", values["quantity"])}
    if "unit_price" in values:
        line["unit_price"] = amount("unit_price", values["unit_price"])
    try:
        return [drafted(line, LineDraft)]
    except Invalid as invalid:
        problems = [(each["field"], each["message"]) for each in invalid.extra["errors"]]
        raise Invalid(*((("item" if field == "name" else field), text) for field, text in problems)) from invalid


def _listed(text: str) -> list[LineDraft]:
    try:
        lines = msgspec.json.decode(text, type=list[LineDraft])
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError) as error:
        raise Invalid(("items", f"not a JSON list of lines: {error}")) from error
    if not 1 <= len(lines) <= _MOST_LINES:
        raise Invalid(("items", f"1 to {_MOST_LINES} lines"))
    return lines
