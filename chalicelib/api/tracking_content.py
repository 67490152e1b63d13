"""The tracking page of an order as the server renders it; console/track/tracked-order.js draws the same."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from chalicelib.api.guest_pages import Formats, icon, shared_words
from chalicelib.api.markup import Markup, h
from chalicelib.core.clock import from_wire, wire
from chalicelib.models.order_status import UNDER_WAY
from chalicelib.orders.view import GuestOrderView, StepView

_HUES: Final[Mapping[str, str]] = {
    "failed": "red",
    "cancelled": "red",
    "delivered": "green",
    "delivering": "violet",
    "arriving": "violet",
    "arrived": "violet",
}
# The steps that a customer sees; a step may stand for several statuses.
_STEPS: Final[Mapping[str, frozenset[str]]] = {
    "received": frozenset({"pending"}),
    "confirmed": frozenset({"confirmed"}),
    "assigned": frozenset({"assigned"}),
    "delivering": frozenset({"delivering"}),
    "near": frozenset({"arriving", "arrived"}),
    "delivered": frozenset({"delivered"}),
}
_OVER: Final = frozenset({"failed", "cancelled", "delivered"})


def status_title(order: GuestOrderView, language: str) -> str:
    """The heading of the page."""
    words: Mapping[str, str] = shared_words("tracking")["order"][language]
    return words.get(order["status"], order["status"])


def tracking_content(order: GuestOrderView, format_: Formats, language: str, now: datetime) -> list[Markup | None]:
    """The sections of the page: the status, the steps and the items."""
    words: Mapping[str, str] = shared_words("tracking")["order"][language]
    status = order["status"]
    text = words.get(f"{status}Text")
    return [
        h(
            "section",
            {"class": f"card headline {_HUES.get(status, '')}", "role": "status", "data-status": status},
            h("h1", {}, status_title(order, language)),
            _due(order, format_, words, now),
            h("p", {}, text) if text else None,
            h("p", {"class": "soft"}, words["pin"]) if status in UNDER_WAY else None,
        ),
        None if status in ("cancelled", "failed") else _progress_bar(order, format_, language),
        _summary(order, format_, words),
    ]


def _due(order: GuestOrderView, format_: Formats, words: Mapping[str, str], now: datetime) -> Markup | None:
    status, minutes, day = order["status"], order["estimated_time"], order["scheduled_date"]
    left = next((step["at"] for step in reversed(order["history"]) if step["status"] == "delivering"), None)
    if status in UNDER_WAY and minutes is not None and left is not None:
        due = from_wire(left) + timedelta(minutes=int(minutes))
        text = words["late" if due < now else "due"].replace("{time}", format_.clock(wire(due)))
    elif day and status not in UNDER_WAY | _OVER:
        # Only a date is known. Noon UTC falls on that date in nearly every time zone.
        text = words["dayOf"].replace("{day}", format_.day(f"{day}T12:00:00.000Z"))
    else:
        return None
    return h("p", {"class": "due"}, text)


def _progress_bar(order: GuestOrderView, format_: Formats, language: str) -> Markup:
    words = shared_words("tracking")
    names = words["steps"][language]
    here = next((n for n, statuses in enumerate(_STEPS.values()) if order["status"] in statuses), -1)
    latest = _latest_steps(order["history"])
    rows = []
    for n, (name, statuses) in enumerate(_STEPS.items()):
        is_done = n < here or (n == here and order["status"] == "delivered")
        state = "done" if is_done else "now" if n == here else "ahead"
        at = next((step["at"] for step in latest if step["status"] in statuses), None)
        rows.append(
            h(
                "li",
                {"data-state": state, "aria-current": "step" if state == "now" else None},
                h("span", {"class": "dot"}, icon("check") if is_done else None),
                h(
                    "span",
                    {"class": "grow"},
                    names[name],
                    None
                    if state == "ahead"
                    else h("span", {"class": "unseen"}, f"（{words['order'][language][state]}）"),
                ),
                h("span", {"class": "soft number"}, format_.clock(at)) if at and state != "ahead" else None,
            )
        )
    title = words["order"][language]["steps"]
    return h("section", {"class": "card"}, h("h2", {}, title), h("ol", {"class": "steps"}, *rows))


def _latest_steps(history: Sequence[StepView]) -> list[StepView]:
    """The first step and those since the last failed attempt, newest first."""
    failed = max((n for n, step in enumerate(history) if step["status"] == "failed"), default=-1)
    return [*history[:1], *history[failed + 1 :]][::-1]


def _summary(order: GuestOrderView, format_: Formats, words: Mapping[str, str]) -> Markup:
    amount, status, paid = format_.money(order["total_price"]), order["status"], order["payment_status"]
    due_in_cash = (
        paid == "pending" and order["payment_method"] == "cash" and status not in ("cancelled", "delivered")
    )
    payment = h("p", {"class": "notice amber"}, words["cash"].replace("{amount}", amount)) if due_in_cash else None
    if payment is None and status != "cancelled":
        payment = h("p", {"class": "soft"}, words[paid if paid in ("paid", "refunded") else "unpaid"])
    items = (
        h(
            "li",
            {},
            h("bdi", {"class": "grow"}, item["name"]),
            h("strong", {"class": "number"}, f"× {item['quantity']}"),
        )
        for item in order["items"]
    )
    return h(
        "section",
        {"class": "card stack"},
        h("h2", {}, words["order"]),
        h("ul", {"class": "bought"}, *items),
        h(
            "p",
            {"class": "bought-total"},
            h("span", {"class": "grow"}, words["total"]),
            h("strong", {"class": "number"}, amount),
        ),
        payment,
        h("p", {"class": "soft small"}, f"{words['number']} {order['order_number']}"),
    )
