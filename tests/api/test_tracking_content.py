"""The tracking page as the server renders it, before any script runs."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from chalicelib.api.guest_pages import Formats
from chalicelib.api.tracking_content import tracking_content
from chalicelib.core.clock import wire
from chalicelib.models.tenant import Tenant
from chalicelib.orders.view import GuestOrderView

NOON = datetime(2026, 11, 25, 4, tzinfo=UTC)


def order(*way: str, **values: Any) -> GuestOrderView:
    """An order that took a step a minute from noon in Taipei on."""
    history = [{"status": status, "at": wire(NOON + timedelta(minutes=n))} for n, status in enumerate(way)]
    known = {
        "id": "01J",
        "order_number": "ORD-1",
        "status": way[-1],
        "items": [{"name": "瓦斯桶", "quantity": 2}],
        "total_price": "760",
        "payment_status": "pending",
        "payment_method": None,
        "scheduled_date": None,
        "estimated_time": None,
        "history": history,
    }
    return cast(GuestOrderView, {**known, **values})


def read(of: GuestOrderView, *, minutes: int = 5, language: str = "zh-TW") -> str:
    """The page so many minutes after noon, without its elements."""
    format_ = Formats(Tenant("t", name="x"), language)
    parts = tracking_content(of, format_, language, NOON + timedelta(minutes=minutes))
    return " ".join(re.sub("<[^>]*>", " ", "".join(part for part in parts if part)).split())


def states(of: GuestOrderView) -> list[str]:
    html = "".join(part for part in tracking_content(of, Formats(Tenant("t", name="x"), "en"), "en", NOON) if part)
    return re.findall('<li data-state="([a-z]+)"', html)


def test_steps_are_done_with_their_times_one_is_now_and_the_rest_lies_ahead() -> None:
    way = order("pending", "confirmed", "assigned", "delivering", "arriving")
    assert states(way) == ["done", "done", "done", "done", "now", "ahead"]
    assert "已收到訂單 （完成） 12:00" in read(way)
    assert "即將抵達 （目前） 12:04" in read(way)
    assert states(order("pending", "delivering", "delivered"))[-1] == "done"


def test_of_an_order_that_failed_and_is_tried_again_only_the_new_way_counts() -> None:
    again = order("pending", "confirmed", "assigned", "delivering", "failed", "confirmed")
    assert states(again) == ["done", "now", "ahead", "ahead", "ahead", "ahead"]
    assert "店家已確認 （目前） 12:05" in read(again)
    assert states(order("pending", "failed")) == []


def test_it_is_due_so_many_minutes_after_it_went_out_and_late_after_that() -> None:
    out = order("pending", "delivering", estimated_time=35)
    assert "預計 12:36 左右送達" in read(out)
    assert "比預計的 12:36 晚了一些" in read(out, minutes=37)
    assert "送達密碼" in read(out)
    assert "12:36" not in read(order("pending", "delivering"))


def test_before_it_goes_out_the_day_is_named() -> None:
    assert "Expected on Thu, 11/26" in read(order("pending", scheduled_date="2026-11-26"), language="en")
    assert "11/26" not in read(order("pending", "delivered", scheduled_date="2026-11-26"))


@pytest.mark.parametrize(
    ("status", "method", "paid", "text"),
    [
        ("delivering", "cash", "pending", "請準備現金 $760"),
        ("delivered", "cash", "pending", "尚未付款"),
        ("confirmed", "transfer", "pending", "尚未付款"),
        ("confirmed", "cash", "paid", "已付款"),
        ("cancelled", "cash", "refunded", None),
    ],
)
def test_the_page_shows_the_amount_to_pay(status: str, method: str, paid: str, text: str | None) -> None:
    shown = read(order("pending", status, payment_method=method, payment_status=paid))
    known = {"請準備現金 $760", "尚未付款", "已付款", "已退款"}
    assert {each for each in known if each in shown} == ({text} if text else set())


def test_a_status_that_has_no_words_is_shown_as_it_is() -> None:
    assert read(order("pending", "thawing")).startswith("thawing")
