"""Routes in the office: planning, changes and refusals, also of concurrent requests."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import aws
from chalicelib.core.clock import from_wire, now, wire
from chalicelib.models.order import Order
from chalicelib.models.route import Route
from tests.api_client import ApiClient
from tests.calls import counted_calls
from tests.factories import Business, order_body
from tests.routes.rounds import (
    DEPOT,
    PLACES,
    assigned,
    confirmed,
    done,
    order,
    orders_of,
    plan,
    planned,
    started,
    step,
)


def statuses(api: ApiClient, gas: Business, route: Any) -> list[str]:
    return [order(api, gas, order_id)["status"] for order_id in orders_of(route)]


def put_stops(api: ApiClient, gas: Business, route: Any, order_ids: list[str], **values: Any) -> Any:
    """Replaces a route's stops, by default with its current version."""
    version = api.get(f"/v1/routes/{route['id']}", as_=gas.staff).body["version"]
    body = {"stops": [{"order_id": each} for each in order_ids], "version": version, **values}
    return api.call("PUT", f"/v1/routes/{route['id']}/stops", body, as_=gas.staff)


def test_a_route_has_its_orders_in_their_order_and_their_times(api: ApiClient, gas: Business) -> None:
    route = planned(api, gas, 3, name="早班", start_at="2026-11-25T01:00:00Z")
    assert (route["status"], route["driver_id"], route["total_stops"]) == ("planned", None, 3)
    assert (route["name"], route["date"], route["depot"]) == ("早班", "2026-11-25", DEPOT)
    times = [from_wire(stop["planned_at"]) for stop in route["stops"]]
    assert times == sorted(times)
    # 1.1 km as the crow flies, 1.4 times that by road, at 25 km/h; then five minutes at the door.
    assert times[0] - from_wire(route["start_at"]) == pytest.approx(
        timedelta(seconds=224), abs=timedelta(seconds=1)
    )
    assert times[1] - times[0] == pytest.approx(timedelta(seconds=524), abs=timedelta(seconds=1))
    for stop in route["stops"]:
        assert stop["order"]["id"] == stop["order_id"]
        assert (stop["order"]["route_id"], stop["order"]["status"]) == (route["id"], "confirmed")
    shown = api.get(f"/v1/routes/{route['id']}", as_=gas.staff)
    assert shown.body == route


@pytest.mark.parametrize(
    ("status", "message"),
    [("pending", "the order is pending, not confirmed"), ("delivering", "the order is delivering, not confirmed")],
)
def test_only_orders_that_can_be_driven_come_onto_a_route(
    api: ApiClient, gas: Business, status: str, message: str
) -> None:
    good = confirmed(api, gas)
    if status == "pending":
        bad = api.post("/v1/orders", order_body(gas), as_=gas.staff).body["id"]
    else:
        bad = confirmed(api, gas)
        api.post(f"/v1/orders/{bad}/assign", {"driver_id": gas.driver.id}, as_=gas.staff)
        api.post(f"/v1/orders/{bad}/status", {"status": "delivering"}, as_=gas.staff)
    answer = plan(api, gas, [good, bad])
    assert (answer.status, answer.body["errors"]) == (422, [{"field": "stops.1.order_id", "message": message}])
    assert order(api, gas, good)["route_id"] is None


def test_an_order_is_on_one_route_and_there_once(api: ApiClient, gas: Business) -> None:
    order_id = confirmed(api, gas)
    twice = plan(api, gas, [order_id, order_id])
    assert twice.body["errors"] == [{"field": "stops.1.order_id", "message": "is on this route already"}]
    assert plan(api, gas, [order_id]).status == 201
    again = plan(api, gas, [order_id])
    assert again.body["errors"] == [{"field": "stops.0.order_id", "message": "is on another route"}]


def test_unknown_and_other_tenants_orders_are_not_found(
    api: ApiClient, gas: Business, restaurant: Business
) -> None:
    theirs = api.post("/v1/orders", order_body(restaurant), as_=restaurant.staff).body["id"]
    for unknown in (theirs, "01ARZ3NDEKTSV4RRFFQ69G5FAV"):
        answer = plan(api, gas, [unknown])
        assert answer.body["errors"] == [{"field": "stops.0.order_id", "message": "there is no such order"}]


def test_a_restaurant_has_no_routes(api: ApiClient, restaurant: Business) -> None:
    answer = plan(api, restaurant, ["x"])
    assert (answer.status, answer.body["code"]) == (403, "delivery_only")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"stops": []}, "stops"),
        ({"stops": [{"order_id": f"o{n}"} for n in range(81)]}, "stops"),
        ({"date": "1999-01-01"}, "date"),
        ({"start_at": "2026-11-25T01:00:00"}, "start_at"),
        ({"start_at": "0001-01-01T00:00:00Z"}, "start_at"),
        ({"depot": {"latitude": 91, "longitude": 0}}, "depot.latitude"),
        ({"stops": [{"order_id": "x", "service_minutes": -1}]}, "stops.0.service_minutes"),
        ({"driver_id": "x"}, "driver_id"),
    ],
)
def test_invalid_values_are_refused(api: ApiClient, gas: Business, values: dict[str, Any], field: str) -> None:
    answer = plan(api, gas, [confirmed(api, gas)], **values)
    assert answer.status == 422, answer.body
    assert answer.body["errors"][0]["field"] == field


def test_a_driver_gets_the_route_and_all_its_orders(api: ApiClient, gas: Business) -> None:
    route = assigned(api, gas)
    assert (route["status"], route["driver_id"]) == ("assigned", gas.driver.id)
    assert statuses(api, gas, route) == ["assigned", "assigned"]
    assert {order(api, gas, each)["driver_id"] for each in orders_of(route)} == {gas.driver.id}
    again = done(api, gas, route, "assign", driver_id=gas.driver.id)
    assert again["version"] == route["version"], "a repeat changes nothing"


def test_another_driver_can_have_it_instead(api: ApiClient, gas: Business) -> None:
    route = assigned(api, gas)
    _, other = gas.drivers[1]
    route = done(api, gas, route, "assign", driver_id=other.id)
    assert {order(api, gas, each)["driver_id"] for each in orders_of(route)} == {other.id}
    assert api.get(f"/v1/routes/{route['id']}", as_=gas.driver_user).status == 404
    assert api.get(f"/v1/routes/{route['id']}", as_=gas.drivers[1][0]).status == 200


def test_an_unknown_or_suspended_driver_gets_no_route(api: ApiClient, gas: Business) -> None:
    route = planned(api, gas)
    assert step(api, gas, route, "assign", driver_id="x").status == 422
    api.patch(f"/v1/drivers/{gas.driver.id}", {"status": "suspended"}, as_=gas.staff)
    answer = step(api, gas, route, "assign", driver_id=gas.driver.id)
    assert answer.body["errors"] == [{"field": "driver_id", "message": "this driver is suspended"}]
    assert statuses(api, gas, route) == ["confirmed", "confirmed"]


def test_an_order_that_was_cancelled_meanwhile_is_no_stop_any_more(api: ApiClient, gas: Business) -> None:
    route = planned(api, gas, 3)
    first, second, third = orders_of(route)
    api.post(f"/v1/orders/{second}/status", {"status": "cancelled"}, as_=gas.staff)
    shown = api.get(f"/v1/routes/{route['id']}", as_=gas.staff).body
    assert [stop["order"] is None for stop in shown["stops"]] == [False, True, False]
    route = done(api, gas, route, "assign", driver_id=gas.driver.id)
    assert orders_of(route) == [first, third]
    assert order(api, gas, second)["status"] == "cancelled"


def test_a_route_without_orders_is_not_assigned(api: ApiClient, gas: Business) -> None:
    route = planned(api, gas, 1)
    api.post(f"/v1/orders/{orders_of(route)[0]}/status", {"status": "cancelled"}, as_=gas.staff)
    answer = step(api, gas, route, "assign", driver_id=gas.driver.id)
    assert (answer.status, answer.body["code"]) == (409, "route_empty")


def test_an_order_assigned_by_itself_leaves_its_route(api: ApiClient, gas: Business) -> None:
    route = assigned(api, gas)
    gone, stays = orders_of(route)
    _, other = gas.drivers[1]
    answer = api.post(f"/v1/orders/{gone}/assign", {"driver_id": other.id}, as_=gas.staff)
    assert (answer.body["driver_id"], answer.body["route_id"]) == (other.id, None)
    shown = api.get(f"/v1/routes/{route['id']}", as_=gas.driver_user).body
    assert [stop["order"] and stop["order"]["id"] for stop in shown["stops"]] == [None, stays]


def test_an_unassigned_order_leaves_its_route(api: ApiClient, gas: Business) -> None:
    route = assigned(api, gas)
    answer = api.post(f"/v1/orders/{orders_of(route)[0]}/status", {"status": "confirmed"}, as_=gas.staff)
    assert (answer.body["driver_id"], answer.body["route_id"]) == (None, None)


def test_stops_are_reordered_and_planned_again(api: ApiClient, gas: Business) -> None:
    route = planned(api, gas, 3, start_at="2026-11-25T01:00:00Z")
    turned = list(reversed(orders_of(route)))
    answer = put_stops(api, gas, route, turned, version=route["version"])
    assert orders_of(answer.body) == turned
    assert answer.body["stops"][0]["planned_at"] > route["stops"][0]["planned_at"], "the furthest first"
    stale = put_stops(api, gas, route, orders_of(route), version=route["version"])
    assert (stale.status, stale.body["code"]) == (409, "stale_version")
    same = put_stops(api, gas, route, turned, version=route["version"])
    assert same.body["version"] == answer.body["version"], "what is so already is not written"


def test_stops_come_and_go(api: ApiClient, gas: Business) -> None:
    route = assigned(api, gas)
    gone, stays = orders_of(route)
    comes = confirmed(api, gas, PLACES[3])
    answer = put_stops(api, gas, route, [stays, comes])
    assert answer.status == 200, answer.body
    assert orders_of(answer.body) == [stays, comes]
    free, new = order(api, gas, gone), order(api, gas, comes)
    assert (free["status"], free["driver_id"], free["route_id"]) == ("confirmed", None, None)
    assert (new["status"], new["driver_id"], new["route_id"]) == ("assigned", gas.driver.id, route["id"])


def test_only_orders_on_the_route_may_be_driven(api: ApiClient, gas: Business) -> None:
    first, second = planned(api, gas), planned(api, gas)
    answer = put_stops(api, gas, first, [*orders_of(first), orders_of(second)[0]])
    assert answer.body["errors"] == [{"field": "stops.2.order_id", "message": "is on another route"}]


def test_a_route_called_off_frees_its_orders(api: ApiClient, gas: Business) -> None:
    route = assigned(api, gas)
    route = done(api, gas, route, "cancel")
    assert route["status"] == "cancelled"
    for each in orders_of(route):
        free = order(api, gas, each)
        assert (free["status"], free["driver_id"], free["route_id"]) == ("confirmed", None, None)
    assert done(api, gas, route, "cancel")["version"] == route["version"]
    assert step(api, gas, route, "start").body["code"] == "illegal_transition"
    assert put_stops(api, gas, route, orders_of(route)).body["code"] == "route_closed"


def test_a_started_route_is_neither_called_off_nor_given_away(api: ApiClient, gas: Business) -> None:
    route = started(api, gas)
    for verb, body in (("cancel", {}), ("assign", {"driver_id": gas.drivers[1][1].id})):
        answer = step(api, gas, route, verb, **body)
        assert (answer.status, answer.body["code"]) == (409, "illegal_transition")
        assert (answer.body["current_status"], answer.body["allowed"]) == ("in_progress", ["completed"])


def test_a_driver_is_on_one_route_at_a_time(api: ApiClient, gas: Business) -> None:
    first, second = started(api, gas), assigned(api, gas)
    answer = api.post(f"/v1/routes/{second['id']}/start", {}, as_=gas.driver_user)
    assert (answer.status, answer.body["code"], answer.body["route_id"]) == (409, "route_under_way", first["id"])


def test_a_planned_route_cannot_start(api: ApiClient, gas: Business) -> None:
    answer = step(api, gas, planned(api, gas), "start")
    assert (answer.status, answer.body["allowed"]) == (409, ["assigned", "cancelled"])


def test_a_route_is_complete_when_every_stop_has_ended(api: ApiClient, gas: Business) -> None:
    route = started(api, gas, 3)
    first, second, third = orders_of(route)
    answer = api.post(f"/v1/routes/{route['id']}/complete", {}, as_=gas.driver_user)
    assert (answer.status, answer.body["code"]) == (409, "stops_open")
    assert answer.body["order_ids"] == sorted([first, second, third])
    for order_id, status in ((first, "delivered"), (second, "failed")):
        for each in ("delivering", status):
            assert api.post(f"/v1/orders/{order_id}/status", {"status": each}, as_=gas.driver_user).status == 200
    api.post(f"/v1/orders/{third}/status", {"status": "confirmed"}, as_=gas.staff)
    route = done(api, gas, route, "complete")
    assert [stop["outcome"] for stop in route["stops"]] == ["delivered", "failed", "left"]
    assert route["completed_at"] is not None
    assert done(api, gas, route, "complete")["version"] == route["version"]
    assert done(api, gas, assigned(api, gas), "start")["status"] == "in_progress", "the driver is free again"


def test_edits_plan_the_route_again_until_the_driver_has_started(api: ApiClient, gas: Business) -> None:
    route = assigned(api, gas)
    assert route["stops"][0]["planned_at"] is None
    path = f"/v1/routes/{route['id']}"
    changed = api.patch(path, {"start_at": "2026-11-25T01:00:00Z", "name": "午班"}, as_=gas.staff).body
    assert (changed["name"], changed["stops"][0]["planned_at"] is None) == ("午班", False)
    assert api.patch(path, {"name": "午班"}, as_=gas.staff).body["version"] == changed["version"]
    done(api, gas, route, "start")
    refused = api.patch(path, {"depot": None}, as_=gas.staff)
    assert (refused.status, refused.body["code"]) == (409, "route_under_way")
    assert api.patch(path, {"name": None}, as_=gas.staff).body["name"] is None


def test_lists_are_by_day_driver_and_status(api: ApiClient, gas: Business) -> None:
    one, other = planned(api, gas, 1), planned(api, gas, 1, date="2026-11-26")
    mine = assigned(api, gas, 1)

    def listed(**query: str) -> list[str]:
        return [each["id"] for each in api.get("/v1/routes", query=query, as_=gas.staff).body["items"]]

    assert listed() == [other["id"], mine["id"], one["id"]]
    assert listed(date="2026-11-26") == [other["id"]]
    assert listed(driver_id=gas.driver.id) == listed(status="assigned") == [mine["id"]]
    first = api.get("/v1/routes", query={"limit": "2"}, as_=gas.staff).body
    assert [each["id"] for each in first["items"]] == [other["id"], mine["id"]]
    assert first["cursors"].keys() == {"orders", "drivers", "routes", "customers", "system"}
    assert listed(cursor=first["next_cursor"]) == [one["id"]]


def test_several_statuses_are_one_list_and_ended_routes_are_of_one_day(api: ApiClient, gas: Business) -> None:
    later, day = assigned(api, gas, 1, date="2026-11-26"), "2026-11-25"
    over = done(api, gas, assigned(api, gas, 1, date=day), "start")
    for status in ("delivering", "delivered"):
        api.post(f"/v1/orders/{orders_of(over)[0]}/status", {"status": status}, as_=gas.driver_user)
    done(api, gas, over, "complete")

    def listed(**query: str) -> list[str]:
        answer = api.get("/v1/routes", query=query, as_=gas.driver_user)
        return [each["id"] for each in answer.body["items"]]

    assert listed(status="assigned,in_progress") == [later["id"]]
    assert listed(status="assigned,completed") == [later["id"], over["id"]]
    assert listed(status="assigned,completed", ended_date=day) == [later["id"], over["id"]]
    assert listed(status="assigned,completed", ended_date="2026-11-26") == [later["id"]]
    answer = api.get("/v1/routes", query={"status": "assigned,lost"}, as_=gas.driver_user)
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "status")


def test_a_driver_sees_their_own_routes(api: ApiClient, gas: Business) -> None:
    planned(api, gas, 1)
    mine = assigned(api, gas, 1)
    other_user, other = gas.drivers[1]
    listed = api.get("/v1/routes", as_=gas.driver_user).body
    assert [each["id"] for each in listed["items"]] == [mine["id"]]
    assert listed["cursors"].keys() == {"system", f"driver:{gas.driver.id}", f"user:{gas.driver_user.id}"}
    assert api.get("/v1/routes", as_=other_user).body["items"] == []
    answer = api.get("/v1/routes", query={"driver_id": other.id}, as_=gas.driver_user)
    assert answer.body["items"] == []
    for verb in ("start", "complete"):
        assert api.post(f"/v1/routes/{mine['id']}/{verb}", {}, as_=other_user).status == 404


def test_a_writer_that_loses_the_race_for_an_order_decides_again(api: ApiClient, gas: Business) -> None:
    order_id, other_id = confirmed(api, gas), confirmed(api, gas)
    events = aws.client("dynamodb").meta.events
    raced = [order_id]

    def another_request(**_: Any) -> None:
        if raced:
            api.post(f"/v1/orders/{raced.pop()}/status", {"status": "cancelled"}, as_=gas.staff)

    # After the orders were read, and before the route is written.
    events.register("after-call.dynamodb.BatchGetItem", another_request)
    try:
        answer = plan(api, gas, [other_id, order_id])
    finally:
        events.unregister("after-call.dynamodb.BatchGetItem", another_request)
    assert answer.status == 422
    assert answer.body["errors"] == [
        {"field": "stops.1.order_id", "message": "the order is cancelled, not confirmed"}
    ]
    assert order(api, gas, other_id)["route_id"] is None, "all or nothing"


def test_the_second_of_two_concurrent_stop_changes_gets_a_conflict(api: ApiClient, gas: Business) -> None:
    route = planned(api, gas, 3)
    a, b, c = orders_of(route)
    comes = confirmed(api, gas, PLACES[3])
    events = aws.client("dynamodb").meta.events
    raced = [[c, b, a, comes]]

    def another_request(**_: Any) -> None:
        if raced:
            body = {"stops": [{"order_id": each} for each in raced.pop()], "version": route["version"]}
            done = api.call("PUT", f"/v1/routes/{route['id']}/stops", body, as_=gas.staff)
            assert done.status == 200, done.body

    api.token(gas.staff)
    body = {"stops": [{"order_id": each} for each in (b, a, c)], "version": route["version"]}
    events.register("after-call.dynamodb.BatchGetItem", another_request)
    try:
        answer = api.call("PUT", f"/v1/routes/{route['id']}/stops", body, as_=gas.staff)
    finally:
        events.unregister("after-call.dynamodb.BatchGetItem", another_request)
    assert (answer.status, answer.body["code"]) == (409, "stale_version")
    assert order(api, gas, comes)["route_id"] == route["id"], "a colleague's stop stays"


def test_replacing_all_stops_needs_the_version_that_was_seen(api: ApiClient, gas: Business) -> None:
    route = planned(api, gas, 1)
    body = {"stops": [{"order_id": each} for each in orders_of(route)]}
    answer = api.call("PUT", f"/v1/routes/{route['id']}/stops", body, as_=gas.staff)
    assert (answer.status, "version" in str(answer.body["errors"])) == (422, True)


def test_a_stop_that_comes_on_the_way_is_planned_from_now_and_the_others_keep_their_times(
    api: ApiClient, gas: Business
) -> None:
    route = started(api, gas, 2, start_at="2026-11-25T01:00:00Z")
    first, second = orders_of(route)
    row = Route.get(gas.tenant.id, route["id"])
    # As if it had started two hours ago.
    for stop in row.stops:
        stop.planned_at = wire(from_wire(stop.planned_at) - timedelta(hours=2))
    row.save()
    known = {stop.order_id: stop.planned_at for stop in row.stops}
    between, last = confirmed(api, gas, PLACES[2]), confirmed(api, gas, PLACES[3])
    began = wire(now())
    answer = put_stops(api, gas, route, [first, between, second, last])
    times = {stop["order_id"]: stop["planned_at"] for stop in answer.body["stops"]}
    assert {each: times[each] for each in known} == known
    # From the first door to the third place two legs of 224 s, from the second door to the fourth as many.
    way = timedelta(seconds=448)
    assert timedelta() <= from_wire(times[between]) - from_wire(began) - way < timedelta(seconds=5)
    stay = timedelta(minutes=5)
    assert from_wire(times[last]) - from_wire(times[between]) == pytest.approx(
        stay + way, abs=timedelta(seconds=1)
    )
    again = put_stops(api, gas, route, [first, between, second, last])
    assert again.body["version"] == answer.body["version"]


def test_a_route_costs_a_read_and_a_transaction(api: ApiClient, gas: Business) -> None:
    order_ids = [confirmed(api, gas, PLACES[n]) for n in range(5)]
    api.token(gas.staff)
    with counted_calls() as calls:
        assert plan(api, gas, order_ids).status == 201
    # Whether the asker may: one. The orders, before and after; how far the route has come.
    assert calls == {"dynamodb.BatchGetItem": 4, "dynamodb.TransactWriteItems": 1}


def test_the_row_of_an_order_that_was_imported_without_a_place_is_planned_without_a_time(
    api: ApiClient, gas: Business
) -> None:
    order_id = confirmed(api, gas)
    Order(gas.tenant.id, order_id).update([Order.location.remove()])
    answer = plan(api, gas, [order_id], start_at=wire(now()))
    assert (answer.status, answer.body["stops"][0]["planned_at"]) == (201, None)
