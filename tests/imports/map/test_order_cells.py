"""Reading the row of an order: words for statuses, and plausible times."""

import datetime as dt

import pytest

from chalicelib.core.errors import Invalid
from chalicelib.imports.map.order_cells import order_text
from chalicelib.models.tenant import Tenant
from chalicelib.orders.status import STEPS
from chalicelib.orders.status_words import STATUS_WORDS
from chalicelib.sms.templates import STATUS_NAMES
from tests.factories import Business

NOW = dt.datetime(2026, 11, 28, 4, tzinfo=dt.UTC)


def status(tenant: Tenant, kind: str, text: str) -> str:
    tenant.kind = kind
    return order_text({"item": "x", "quantity": "1", "status": text}, tenant, NOW).status


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("已抵達", "arrived"),
        ("即將送達", "arriving"),
        ("即將抵達", "arriving"),
        ("In Delivery", "delivering"),
        ("out for delivery", "delivering"),
        ("in-delivery", "delivering"),
        ("OUT_FOR_DELIVERY", "delivering"),
        ("　已指派 ", "assigned"),
        ("Completed", "delivered"),
        ("已完成", "delivered"),
        ("Ｐｅｎｄｉｎｇ", "pending"),
    ],
)
def test_a_status_is_read_as_people_write_it(gas: Business, text: str, expected: str) -> None:
    assert status(gas.tenant, "delivery", text) == expected


@pytest.mark.parametrize("kind", sorted(STEPS))
def test_each_word_that_we_write_is_read(gas: Business, kind: str) -> None:
    for known in STEPS[kind]:
        words = {known, STATUS_WORDS[known], *(names[known] for names in STATUS_NAMES.values())}
        assert {word: status(gas.tenant, kind, word) for word in words} == dict.fromkeys(words, known)


def test_an_unknown_word_is_refused_with_the_known_ones(gas: Business) -> None:
    with pytest.raises(Invalid, match="one of arrived, arriving"):
        status(gas.tenant, "delivery", "lost")


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("1955-05-01", False),
        ("1999-12-31", False),
        ("2000-01-01", True),
        ("2026-11-29 23:59", True),
        ("2026-11-30", False),
        ("2099-01-01", False),
    ],
)
def test_an_order_was_made_in_this_century_and_by_tomorrow(gas: Business, text: str, fits: bool) -> None:
    values = {"item": "x", "quantity": "1", "order_date": text}
    if fits:
        assert order_text(values, gas.tenant, NOW).made_at is not None
        return
    with pytest.raises(Invalid) as refusal:
        order_text(values, gas.tenant, NOW)
    assert [error["field"] for error in refusal.value.extra["errors"]] == ["order_date"]
