"""`/v1/opening-hours`: when guests may order, by the tenant's own clock."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from chalicelib.core.clock import from_wire, wire
from chalicelib.records.opening_hours import Hours, opening
from tests.api_client import ApiClient
from tests.factories import Business, dining_table, order_body, table_business
from tests.visits import sat_down

LUNCH, EVENING = {"opens": "11:00", "closes": "14:00"}, {"opens": "17:00", "closes": "01:30"}
WEEK = {"mon": [LUNCH, EVENING], "tue": [LUNCH], "sat": [EVENING]}
NEVER: dict[str, list[Any]] = {"mon": []}


def hours(**values: Any) -> Hours:
    return msgspec.convert({"weekly": WEEK, **values}, Hours)


def taipei(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


# 23 November 2026 is a Monday.
@pytest.mark.parametrize(
    ("at", "opens_at"),
    [
        ("2026-11-23T10:59:59", "2026-11-23T11:00"),
        ("2026-11-23T11:00:00", None),
        ("2026-11-23T13:59:59", None),
        ("2026-11-23T14:00:00", "2026-11-23T17:00"),
        ("2026-11-23T23:59:59", None),
        # Past midnight it is still Monday's evening.
        ("2026-11-24T01:29:59", None),
        ("2026-11-24T01:30:00", "2026-11-24T11:00"),
        ("2026-11-24T14:00:00", "2026-11-28T17:00"),
        ("2026-11-29T01:00:00", None),
        ("2026-11-29T02:00:00", "2026-11-30T11:00"),
    ],
)
def test_a_week_with_several_spans_a_day(at: str, opens_at: str | None) -> None:
    found = opening(hours(), "Asia/Taipei", taipei(at))
    assert found.open_now is (opens_at is None)
    assert found.opens_at == (opens_at and wire(taipei(opens_at)))


@pytest.mark.parametrize(
    ("at", "opens_at"),
    [
        ("2026-11-23T12:00:00", "2026-11-24T11:00"),  # a Monday that is closed
        ("2026-11-25T12:00:00", None),  # a Wednesday that is open
        ("2026-11-25T20:00:00", "2026-11-28T17:00"),
    ],
)
def test_exceptions_win_over_the_week(at: str, opens_at: str | None) -> None:
    exceptions = [{"date": "2026-11-23", "spans": []}, {"date": "2026-11-25", "spans": [LUNCH]}]
    found = opening(hours(exceptions=exceptions), "Asia/Taipei", taipei(at))
    assert found.opens_at == (opens_at and wire(taipei(opens_at)))


def test_without_weekly_hours_it_is_open_but_for_exceptions() -> None:
    closed = msgspec.convert({"weekly": None, "exceptions": [{"date": "2026-11-23", "spans": []}]}, Hours)
    assert opening(closed, "Asia/Taipei", taipei("2026-11-22T23:59")).open_now
    assert opening(closed, "Asia/Taipei", taipei("2026-11-23T12:00")).opens_at == "2026-11-23T16:00:00.000Z"


def test_a_restaurant_that_never_opens_has_no_next_opening() -> None:
    never = opening(msgspec.convert({"weekly": NEVER}, Hours), "Asia/Taipei", taipei("2026-11-23T12:00"))
    assert (never.open_now, never.opens_at) == (False, None)


def test_where_clocks_change_hours_are_those_on_the_wall() -> None:
    weekly = {"sun": [{"opens": "08:00", "closes": "20:00"}]}
    for day, at in (("2026-10-18", "06:00"), ("2026-10-25", "07:00")):
        found = opening(
            msgspec.convert({"weekly": weekly}, Hours), "Europe/Berlin", from_wire(f"{day}T00:00:00.000Z")
        )
        assert found.opens_at == f"{day}T{at}:00.000Z"


def put(api: ApiClient, of: Business, body: dict[str, Any]) -> Any:
    return api.call("PUT", "/v1/opening-hours", body, as_=of.admin)


def test_hours_are_set_shown_and_taken_back(api: ApiClient, restaurant: Business) -> None:
    shown = api.get("/v1/opening-hours", as_=restaurant.staff).body
    assert (shown["weekly"], shown["version"], shown["open_now"], shown["updated_at"]) == (None, 0, True, None)
    body = {"weekly": WEEK, "exceptions": [{"date": "2027-02-06", "spans": []}]}
    answer = put(api, restaurant, {**body, "version": 0})
    assert (answer.status, answer.body["version"], answer.body["time_zone"]) == (200, 1, "Asia/Taipei")
    assert {name: answer.body[name] for name in body} == body
    assert put(api, restaurant, body).body["version"] == 1, "the same again is no change"
    assert api.get("/v1/opening-hours", as_=restaurant.staff).body["weekly"] == WEEK
    stale = put(api, restaurant, {"weekly": None, "version": 0})
    assert (stale.status, stale.body["code"], stale.body["current_version"]) == (409, "stale_version", 1)
    assert put(api, restaurant, {"weekly": None, "version": 1}).body["open_now"] is True
    assert api.get("/v1/opening-hours", as_=table_business().staff).body["version"] == 0


def test_only_admins_set_hours(api: ApiClient, restaurant: Business) -> None:
    assert api.call("PUT", "/v1/opening-hours", {"weekly": None}, as_=restaurant.staff).status == 403


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"weekly": {}},
        {"weekly": {"monday": []}},
        {"weekly": {"mon": [{"opens": "24:00", "closes": "01:00"}]}},
        {"weekly": {"mon": [{"opens": "9:00", "closes": "10:00"}]}},
        {"weekly": {"mon": [{"opens": "09:00", "closes": "09:00"}]}},
        {"weekly": {"mon": [LUNCH, {"opens": "13:59", "closes": "15:00"}]}},
        {"weekly": {"mon": [LUNCH] * 7}},
        {"weekly": None, "exceptions": [{"date": "2026-12-24", "spans": []}] * 2},
        {"weekly": None, "exceptions": [{"date": "24.12.2026", "spans": []}]},
        {"weekly": None, "exceptions": [{"date": "2026-12-24", "spans": [LUNCH, LUNCH]}]},
        {"weekly": None, "time_zone": "Asia/Tokyo"},
    ],
)
def test_hours_that_cannot_be_are_refused(api: ApiClient, restaurant: Business, body: dict[str, Any]) -> None:
    assert put(api, restaurant, body).status == 422
    assert api.get("/v1/opening-hours", as_=restaurant.staff).body["version"] == 0


def test_guests_order_within_the_hours_and_staff_always(api: ApiClient, restaurant: Business) -> None:
    guest = sat_down(api, dining_table(restaurant.tenant))
    assert put(api, restaurant, {"weekly": NEVER}).status == 200
    refused = guest.order(restaurant)
    assert (refused.status, refused.body["code"], refused.body["opens_at"]) == (409, "closed", None)
    assert sat_down(api, dining_table(restaurant.tenant, "A2")).get("/v1/menu").body["open_now"] is False
    assert api.post("/v1/orders", order_body(restaurant), as_=restaurant.staff).status == 201
    whole = {
        day: [{"opens": "00:00", "closes": "24:00"}] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    }
    put(api, restaurant, {"weekly": whole})
    assert guest.order(restaurant).status == 201
