"""Maps the columns of a file to fields, by the headers that people and the replaced system use and by the request.

Case, width, blanks, `_`, `-` and `*` of a header are ignored. If several headers match a field, the one that comes
first in the table below is used, and the others are reported as unused.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from msgspec import Struct

from chalicelib.core.error_codes import ErrorCode
from chalicelib.imports.read.file_table import Unreadable

ImportKind = Literal["customers", "orders", "users", "drivers", "routes", "templates"]

_LETTERS_LEFT_OUT: Final = str.maketrans("", "", " _-*\t\r\n\u3000")


class KindColumns(Struct, frozen=True):
    """fields: a row's fields, with their headers. required: groups of which a row needs one field."""

    fields: Mapping[str, tuple[str, ...]]
    required: tuple[tuple[str, ...], ...]


_NOTES = ("notes", "note", "remark", "remarks", "memo", "delivery_notes", "備註", "備注", "附註", "說明")
_ADDRESS = ("address", "delivery_address", "地址", "送貨地址", "配送地址", "住址")
_PHONE = (
    "phone",
    "phone_number",
    "mobile",
    "telephone",
    "tel",
    "電話",
    "手機",
    "行動電話",
    "聯絡電話",
    "電話號碼",
)
_NAME = ("name", "full_name", "姓名", "名稱", "名字")
_ACTIVE = ("active", "is_active", "啟用", "使用中")
_DAY = ("scheduled_date", "delivery_date", "配送日期", "送貨日期", "預定日期", "預計送達日期")
_CUSTOMER_ID = ("customer_id", "客戶編號", "客戶代號", "顧客編號")
_ITEM = ("item", "item_name", "product", "product_name", "品項", "品名", "商品", "產品", "規格")
_QUANTITY = ("quantity", "qty", "數量")
_ITEMS = ("items", "order_items", "products", "明細", "訂單明細")
_STATUS = ("status", "狀態")
_PAYMENT_METHOD = ("payment_method", "付款方式", "付款方法")
_DRIVER_ID = ("driver_id", "assigned_driver_id", "司機編號")

KIND_COLUMNS: Final[Mapping[ImportKind, KindColumns]] = {
    "customers": KindColumns(
        {
            "external_id": ("external_id", "id", "customer_code", *_CUSTOMER_ID, "編號"),
            "name": (*_NAME, "customer_name", "short_name", "客戶姓名", "客戶名稱", "客戶", "顧客姓名"),
            "phone": _PHONE,
            "address": _ADDRESS,
            "latitude": ("latitude", "lat", "緯度"),
            "longitude": ("longitude", "lng", "lon", "經度"),
            "language": ("language", "語言"),
            "notes": _NOTES,
            "active": _ACTIVE,
        },
        (("name",),),
    ),
    "drivers": KindColumns(
        {
            "external_id": ("external_id", "id", "driver_code", "司機編號", "編號"),
            "name": (*_NAME, "driver_name", "司機", "司機姓名"),
            "phone": _PHONE,
            "vehicle": (
                "vehicle",
                "vehicle_number",
                "plate",
                "license_plate",
                "vehicle_plate",
                "車號",
                "車牌",
                "車輛",
            ),
            "notes": _NOTES,
            "active": _ACTIVE,
        },
        (("name",),),
    ),
    "users": KindColumns(
        {
            "external_id": ("external_id", "id", "user_id", "編號"),
            "username": ("email", "username", "e_mail", "phone", "帳號", "電子郵件", "電子信箱", "電話"),
            "name": (*_NAME, "display_name"),
            "role": ("role", "角色", "職務", "權限"),
            "driver_id": _DRIVER_ID,
            "customer_id": _CUSTOMER_ID,
        },
        (("username",), ("name",), ("role",)),
    ),
    "orders": KindColumns(
        {
            "external_id": ("external_id", "id", "order_id"),
            "order_number": ("order_number", "order_no", "訂單編號", "單號", "訂單號碼"),
            "customer_id": _CUSTOMER_ID,
            "customer_name": ("customer_name", "客戶姓名", "客戶名稱", "客戶", "姓名", "name", "收件人"),
            "customer_phone": ("customer_phone", "客戶電話", *_PHONE),
            "address": _ADDRESS,
            "item": _ITEM,
            "quantity": _QUANTITY,
            "unit_price": ("unit_price", "price", "單價", "價格"),
            "items": _ITEMS,
            "total": ("total_price", "total_amount", "total", "總價", "總金額", "金額", "合計"),
            "order_date": ("order_date", "created_at", "date", "訂單日期", "下單日期", "訂購日期", "日期"),
            "scheduled_date": _DAY,
            "status": (*_STATUS, "訂單狀態"),
            "payment_status": ("payment_status", "付款狀態", "收款狀態"),
            "payment_method": _PAYMENT_METHOD,
            "driver_id": _DRIVER_ID,
            "table_number": ("table_number", "table", "桌號"),
            "notes": _NOTES,
        },
        (("item", "items"),),
    ),
    "routes": KindColumns(
        {
            "external_id": ("external_id", "id", "route_id", "route_number", "路線編號", "編號"),
            "name": ("name", "route_name", "名稱", "路線名稱", "路線"),
            "date": ("date", "route_date", "scheduled_date", "delivery_date", "日期", "配送日期"),
            "driver_id": _DRIVER_ID,
            "status": _STATUS,
            "stops": ("stops", "order_ids", "orders", "stop_order_ids", "停靠點", "訂單", "訂單編號", "配送順序"),
            "started_at": ("started_at", "start_time", "actual_start", "出發時間", "開始時間"),
            "completed_at": ("completed_at", "end_time", "finished_at", "actual_end", "完成時間", "結束時間"),
        },
        # Two routes of a driver may have equal cells, and so may two recurring orders of a customer.
        (("external_id",), ("date",)),
    ),
    "templates": KindColumns(
        {
            "external_id": ("external_id", "id", "template_id", "template_code", "範本編號", "編號"),
            "customer_id": _CUSTOMER_ID,
            "item": _ITEM,
            "quantity": _QUANTITY,
            "items": _ITEMS,
            "frequency": ("frequency", "recurrence", "schedule", "frequency_type", "週期", "頻率", "訂購週期"),
            "interval": ("interval", "frequency_interval", "間隔"),
            "every_days": ("every_days", "interval_days", "cycle_days", "間隔天數", "週期天數", "天數"),
            "every_weeks": ("every_weeks", "interval_weeks", "間隔週數", "週數"),
            "weekdays": ("weekdays", "days_of_week", "day_of_week", "weekday", "星期", "週幾", "配送日"),
            "start_date": ("start_date", "starts_on", "開始日期", "起始日期"),
            "next_date": (
                "next_date",
                "next_delivery_date",
                "next_order_date",
                "next_run_date",
                "下次配送日期",
                "下次日期",
                "下次配送",
            ),
            "end_date": ("end_date", "ends_on", "結束日期", "終止日期"),
            "lead_days": ("lead_days", "days_in_advance", "提前天數"),
            "status": _STATUS,
            "active": _ACTIVE,
            "payment_method": _PAYMENT_METHOD,
            "notes": _NOTES,
        },
        (
            ("external_id",),
            ("customer_id",),
            ("item", "items"),
            ("frequency", "every_days", "every_weeks", "weekdays"),
        ),
    ),
}


class Columns(Struct, frozen=True):
    """places: index of the column by field; headers: its text by field; unused: the texts of all other columns."""

    places: dict[str, int]
    headers: dict[str, str]
    unused: list[str]


def columns_of(kind: ImportKind, header: Sequence[str], mapping: Mapping[str, str | None]) -> Columns:
    """The columns by field. mapping: header to field, or to None for a column to ignore. Raises Unreadable."""
    known = KIND_COLUMNS[kind]
    places: dict[str, int] = {}
    taken: set[int] = set()
    there = _places(header)
    for text, field in mapping.items():
        place = there.get(_folded(text))
        if place is None:
            raise Unreadable(
                ErrorCode.UNKNOWN_COLUMN, f"mapping names {text!r}; the file has {_described(header)}"
            )
        taken.add(place)
        if field is not None:
            places[field] = place
    for field, aliases in known.fields.items():
        fits = (there[_folded(alias)] for alias in aliases if _folded(alias) in there)
        free = next((place for place in fits if place not in taken), None)
        if field not in places and free is not None:
            places[field] = free
            taken.add(free)
    missing = [" or ".join(group) for group in known.required if not any(field in places for field in group)]
    if missing:
        raise Unreadable(
            ErrorCode.MISSING_COLUMNS, f"no column for {', '.join(missing)}; the file has {_described(header)}"
        )
    unused = [text for place, text in enumerate(header) if place not in places.values()]
    return Columns(places, {field: header[place] for field, place in places.items()}, unused)


def _places(header: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, text in enumerate(header):
        if not text:
            continue
        if _folded(text) in found:
            raise Unreadable(ErrorCode.REPEATED_COLUMN, f"two columns are called {text!r}")
        found[_folded(text)] = place
    return found


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS_LEFT_OUT)


def _described(header: Sequence[str]) -> str:
    return ", ".join(text[:40] for text in header if text)
