"""An order's row, read: lines, days, sums, and statuses in the words of shops and of the replaced system."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from chalicelib.errors import Invalid
from chalicelib.fields import LineText, LongText, ShortText, phone
from chalicelib.imports.texts import amount, day, drafted, moment, whole
from chalicelib.models.tenant import Tenant
from chalicelib.orders.status import FIRST, STEPS

# The same status in other words, for either kind of business; what is meant must be in its table.
_STATUSES: Final[Mapping[str, tuple[str, ...]]] = {
    "待確認": ("pending",),
    "未處理": ("pending",),
    "new": ("pending",),
    "已確認": ("confirmed",),
    "已指派": ("assigned",),
    "已派單": ("assigned",),
    "in_delivery": ("delivering",),
    "out_for_delivery": ("delivering",),
    "配送中": ("delivering",),
    "即將到達": ("arriving",),
    "已到達": ("arrived",),
    "completed": ("completed", "delivered"),
    "done": ("completed", "delivered"),
    "已完成": ("completed", "delivered"),
    "完成": ("completed", "delivered"),
    "已送達": ("delivered",),
    "配送失敗": ("failed",),
    "製作中": ("preparing",),
    "可取餐": ("ready",),
    "已上菜": ("served",),
    "canceled": ("cancelled",),
    "已取消": ("cancelled",),
    "取消": ("cancelled",),
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
_METHODS: Final[Mapping[str, str]] = {
    **{method: method for method in ("cash", "transfer", "card", "line_pay")},
    "bank_transfer": "transfer",
    "credit_card": "card",
    "linepay": "line_pay",
    "line pay": "line_pay",
    "現金": "cash",
    "轉帳": "transfer",
    "匯款": "transfer",
    "信用卡": "card",
    "刷卡": "card",
}
_MOST_LINES: Final = 100


class LineDraft(Struct, frozen=True):
    """A line; unit_price: None for the catalogue's."""

    name: ShortText
    quantity: Annotated[int, Meta(ge=1, le=999)]
    unit_price: Decimal | None = None


class OrderText(Struct, frozen=True, kw_only=True):
    """What a row says; None is what it does not say.

    made_at: when the order was made. listed: the lines stood in one cell.
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


def order_text(values: Mapping[str, str], tenant: Tenant) -> OrderText:
    """Raises Invalid with everything that is wrong with the row."""
    errors: list[tuple[str, str]] = []

    def read(field: str, reader: Any, *arguments: Any) -> Any:
        if field not in values:
            return None
        try:
            return reader(field, values[field], *arguments)
        except Invalid as invalid:
            errors.extend((each["field"], each["message"]) for each in invalid.extra["errors"])
            return None

    status = read("status", _status, tenant.kind)
    read_values = {
        "customer_phone": read("customer_phone", phone),
        "total": read("total", amount),
        "made_at": read("order_date", moment, tenant.time_zone),
        "scheduled_date": read("scheduled_date", day),
        "payment_method": read("payment_method", _word, _METHODS),
    }
    payment_status = read("payment_status", _word, _PAID)
    try:
        plain = drafted({name: values[name] for name in _Plain.__struct_fields__ if name in values}, _Plain)
        lines = _lines(values)
    except Invalid as invalid:
        errors.extend((each["field"], each["message"]) for each in invalid.extra["errors"])
    if errors:
        raise Invalid(*errors)
    return OrderText(
        lines=lines,
        listed="items" in values,
        status=status or FIRST,
        payment_status=payment_status or "pending",
        **msgspec.structs.asdict(plain),
        **read_values,
    )


def _status(field: str, text: str, kind: str) -> str:
    word = text.strip().lower()
    meant = [each for each in (word, *_STATUSES.get(word, ())) if each in STEPS[kind]]
    if not meant:
        raise Invalid((field, f"one of {', '.join(STEPS[kind])}"))
    return meant[0]


def _word(field: str, text: str, words: Mapping[str, str]) -> str:
    word = words.get(text.strip().lower())
    if word is None:
        raise Invalid((field, f"one of {', '.join(sorted(set(words.values())))}"))
    return word


def _lines(values: Mapping[str, str]) -> list[LineDraft]:
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
        told = [(each["field"], each["message"]) for each in invalid.extra["errors"]]
        raise Invalid(*((("item" if field == "name" else field), text) for field, text in told)) from invalid


def _listed(text: str) -> list[LineDraft]:
    try:
        lines = msgspec.json.decode(text, type=list[LineDraft])
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError) as error:
        raise Invalid(("items", f"not a JSON list of lines: {error}")) from error
    if not 1 <= len(lines) <= _MOST_LINES:
        raise Invalid(("items", f"1 to {_MOST_LINES} lines"))
    return lines
