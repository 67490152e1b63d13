"""No audience receives a field that is not for it: over REST, live, replayed, from the log or by a repeat.

Each value that staff receive is searched for in everything that other roles receive. The tests are generated from
the table of audiences and the routes, so that they cover new fields, shapes and routes.
"""

from typing import Any, get_args

from chalicelib.api.http import ROUTES
from chalicelib.auth.audiences import ANSWERS, EVENTS, shape_of
from chalicelib.auth.principal import CUSTOMER, DISPLAY, DRIVER, STAFF, TABLE, TRACKER
from chalicelib.core.clock import now, wire
from chalicelib.models.customer import Customer
from chalicelib.models.driver import Driver
from chalicelib.models.order import Order, Proof
from chalicelib.realtime.replay import replay
from tests.displays import display_token
from tests.factories import Business, dining_table, order_body
from tests.isolation.readers import Planted, Reader, staff_only
from tests.isolation.requests import IDS
from tests.visits import sat_down, tracking_code
from tests.world import World

REPEATED = {"Idempotency-Key": "the same again"}


def failed_and_out_again(world: World, gas: Business, order_id: str) -> None:
    """An order that could not be delivered once, with reasons, and is with the driver again."""
    api, path = world.api, f"/v1/orders/{order_id}"
    for n, status in enumerate(("confirmed", "assigned", "delivering", "failed", "confirmed", "assigned")):
        if status == "assigned":
            answer = api.post(f"{path}/assign", {"driver_id": gas.driver.id}, as_=gas.staff)
        else:
            body = {"status": status, "reason": f"THE OFFICE'S REASON {n}"}
            answer = api.post(f"{path}/status", body, as_=gas.admin if n else gas.staff)
        assert answer.status == 200, answer.body


def planted(world: World, business: Business, staff: Reader, ids: dict[str, str]) -> Planted:
    """The values of fields that roles other than staff may request, and of the events."""
    found = Planted()
    for route, answer in staff.call_all(ids, "GET"):
        if route.roles is not None and route.roles - STAFF and answer.status == 200:
            [answered] = get_args(route.view.__annotations__["return"])
            shape = shape_of(answered)
            if shape is not None and answered.__name__ not in ("Me", "Events"):
                found.add(shape, answer.body, answered.__name__)
    for channel in ("orders", "routes"):
        for each in replay(business.tenant.id, channel, 0, None).events:
            shape = EVENTS[each.event.type].shape
            assert shape is not None
            found.add(shape, each.event.data, each.event.type)
    return found


def everything(world: World, readers: list[Reader], ids: dict[str, str]) -> None:
    for reader in readers:
        reader.connect(ids, since=0)
        reader.read_events(ids)
    world.deliver()
    for reader in readers:
        reader.read_messages()


def test_nothing_of_the_office_reaches_drivers_customers_trackers_and_displays(
    world: World, gas: Business
) -> None:
    api = world.api
    assert gas.customer is not None
    assert gas.customer_user is not None
    gas.customer.update([Customer.notes.set("THE OFFICE'S NOTE ON THE CUSTOMER")])
    gas.driver.update([Driver.notes.set("THE OFFICE'S NOTE ON THE DRIVER")])
    template_id = IDS["template_id"](api, gas)
    order_id = api.post("/v1/orders", order_body(gas, template_id=template_id), as_=gas.staff).body["id"]
    ids = {
        "order_id": order_id,
        "customer_id": gas.customer.id,
        "driver_id": gas.driver.id,
        "product_id": gas.products[0].id,
        "template_id": template_id,
    }
    code = tracking_code(gas, order_id)
    visit = api.post("/v1/guests/tracking", {"code": code}).body
    tokens = {
        DRIVER: api.token(gas.driver_user),
        CUSTOMER: api.token(gas.customer_user),
        TRACKER: visit["access_token"],
        DISPLAY: display_token(api, gas)["token"],
    }
    staff = Reader(world, gas, "office_staff", api.token(gas.staff))
    readers = {role: Reader(world, gas, role, token) for role, token in tokens.items()}
    own = {DRIVER: gas.driver_user.id, CUSTOMER: gas.customer_user.id}
    for role, reader in readers.items():
        reader.connect({**ids, "own_id": own.get(role, "-")})
    mine = readers[CUSTOMER].call("POST", "/v1/orders", order_body(gas), headers=REPEATED).body["id"]
    cheaper = {
        "items": [{"name": "A FAVOUR", "quantity": 1, "unit_price": "1"}],
        "reason": "THE OFFICE'S DISCOUNT",
    }
    for each in (order_id, mine):
        assert api.patch(f"/v1/orders/{each}", cheaper, as_=gas.staff).status == 200
    for each in (order_id, mine):
        failed_and_out_again(world, gas, each)
    ids["route_id"] = api.post(
        "/v1/routes", {"date": "2026-11-25", "stops": [{"order_id": order_id}]}, as_=gas.staff
    ).body["id"]
    driver = {"driver_id": gas.driver.id}
    assert api.post(f"/v1/routes/{ids['route_id']}/assign", driver, as_=gas.staff).status == 200
    world.deliver()

    readers[CUSTOMER].call("POST", "/v1/orders", order_body(gas), headers=REPEATED)
    by_driver = readers[DRIVER]
    by_driver.call("POST", f"/v1/routes/{ids['route_id']}/start", {})
    world.deliver()
    for status in ("arriving", "arrived"):
        by_driver.call("POST", f"/v1/orders/{order_id}/status", {"status": status})
    by_driver.call(
        "POST", "/v1/drivers/me/location", {"latitude": 25.1, "longitude": 121.6, "timestamp": wire(now())}
    )
    spare = readers[CUSTOMER].call("POST", "/v1/orders", order_body(gas)).body["id"]
    readers[CUSTOMER].call("POST", f"/v1/orders/{spare}/status", {"status": "cancelled"})
    by_driver.call(
        "POST", f"/v1/orders/{order_id}/status", {"status": "delivered", "reason": "THE DRIVER'S REMARK"}
    )
    proof = Proof(
        confirmation_type="photo",
        confirmed_at=wire(now()),
        by=gas.admin.id,
        reference=f"{gas.tenant.id}/x/photo.png",
    )
    Order(gas.tenant.id, order_id).update([Order.proof.set(proof)])
    world.deliver()
    assert [each for reader in readers.values() for each in reader.refused] == []

    for role, reader in readers.items():
        everything(world, [reader], {**ids, "own_id": own.get(role, "-")})
        refused = len(reader.refused)
        for _ in reader.call_all(ids, "GET"):
            pass
        assert [each for each in reader.refused[refused:] if "/v1/events" not in each] == []
        for method in ("POST", "PUT", "DELETE"):
            list(reader.call_all(ids, method))
    readers[TRACKER].received.append(("visit", str(visit)))
    readers[TRACKER].received.append(("page", api.page("GET", f"/v1/l/{code}", {}).body.decode()))
    readers[TRACKER].received.append(("code", str(api.post("/v1/guests/tracking", {"code": code}).body)))

    found = planted(world, gas, staff, ids)
    fields = {field for value in found.fields.values() for field in value}
    for name, shape in ANSWERS.items():
        for path in staff_only(shape, name) if name != "SeenOrder" else ():
            assert any(f"{each}.".startswith(f"{path}.") for each in fields), f"{path}: plant a value there"
    leaks = {role: found.leaks(reader, order_id, own.get(role, "-")) for role, reader in readers.items()}
    assert leaks == {role: {} for role in readers}


def test_nothing_of_the_office_reaches_guests_at_tables_and_displays(world: World, restaurant: Business) -> None:
    api = world.api
    guest = sat_down(api, dining_table(restaurant.tenant))
    readers = {
        TABLE: Reader(world, restaurant, TABLE, guest.token),
        DISPLAY: Reader(world, restaurant, DISPLAY, display_token(api, restaurant)["token"]),
    }
    body = {"items": [{"menu_item_id": restaurant.products[0].id, "quantity": 2}], "notes": "NO PEANUTS, PLEASE"}
    order_id = readers[TABLE].call("POST", "/v1/orders", body, headers=REPEATED).body["id"]
    ids: dict[str, Any] = {"order_id": order_id, "product_id": restaurant.products[0].id, "own_id": "-"}
    for reader in readers.values():
        reader.connect(ids)
    for n, status in enumerate(("confirmed", "preparing", "ready")):
        step = {"status": status, "reason": f"THE KITCHEN'S REASON {n}"}
        assert api.post(f"/v1/orders/{order_id}/status", step, as_=restaurant.staff).status == 200
    world.deliver()
    readers[TABLE].call("POST", "/v1/orders", body, headers=REPEATED)
    for reader in readers.values():
        everything(world, [reader], ids)
        for _ in reader.call_all(ids, "GET"):
            pass
    assert [each for each in readers[TABLE].refused if "/v1/events" not in each] == []

    found = planted(world, restaurant, Reader(world, restaurant, "office_staff", api.token(restaurant.staff)), ids)
    leaks = {role: found.leaks(reader, order_id, guest.id) for role, reader in readers.items()}
    assert leaks == {role: {} for role in readers}


def test_every_route_for_others_than_staff_answers_a_shape_with_audiences() -> None:
    open_to_others = [route for route in ROUTES if route.roles is not None and route.roles - STAFF]
    assert open_to_others
    for route in open_to_others:
        shape_of(get_args(route.view.__annotations__["return"])[0])
