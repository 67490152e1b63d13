"""Which role may send which message: the same as over HTTPS, and checked before the message is parsed.

The tests are generated from the table of messages, so that they cover new types.
"""

from collections.abc import Callable
from typing import Any, Final

import pytest
from msgspec import Struct

from chalicelib.api.http import ROUTES
from chalicelib.auth.guest_tokens import table_token
from chalicelib.auth.live import verify_token
from chalicelib.auth.principal import DISPLAY, GUESTS, ROLES
from chalicelib.core.clock import now, wire
from chalicelib.sockets.answers import ANSWERS
from tests.calls import counted_calls
from tests.deliveries.doors import on_the_way, other_pin, pin_of
from tests.displays import display_token
from tests.factories import Business, customer, dining_table, order_body, table_business, user
from tests.isolation.test_isolation import stored_but
from tests.sockets.test_subscribe import sent
from tests.visits import tracker
from tests.world import World

ROLE_OF: Final = {
    "admin": "admin",
    "office staff": "office_staff",
    "driver of the order": "driver",
    "another driver": "driver",
    "own customer": "customer",
    "another customer": "customer",
    "tracker": "tracker",
    "table guest": "table",
    "display": "display",
}
# They are about the connection itself; any role that may connect sends them.
OF_THE_CONNECTION: Final = {"heartbeat", "ping", "unsubscribe", "authenticate"}
PLACE: Final = {"latitude": 25.03, "longitude": 121.56}


class Scene(Struct, frozen=True):
    """An order and its driver, and the actor's user id. pin: of an order that its driver is bringing."""

    order_id: str
    pin: str
    driver_id: str
    user_id: str


class Twin(Struct, frozen=True, kw_only=True):
    """A message and the endpoint that does the same. query, body: what the request sends, of what it needs.

    order: `new` or `on its way`, one for each that is sent; None where both are about the same order.
    """

    type: str
    says: str
    route: tuple[str, str]
    content: Callable[[Scene], dict[str, Any]]
    sent: Callable[[Scene], dict[str, Any]]
    order: str | None = None


def step(status: str, order: str | None) -> Twin:
    return Twin(
        type="order_update",
        says=status,
        route=("POST", "/v1/orders/{order_id}/status"),
        content=lambda scene: {"order_id": scene.order_id, "status": status},
        sent=lambda _: {"body": {"status": status}},
        order=order,
    )


def confirmation(says: str, pin: Callable[[str], str]) -> Twin:
    def proof(scene: Scene) -> dict[str, Any]:
        return {"confirmed_at": wire(now()), "confirmation_type": "pin", "pin": pin(scene.pin)}

    return Twin(
        type="delivery.confirmed",
        says=says,
        route=("POST", "/v1/deliveries/{order_id}/confirm"),
        content=lambda scene: {"order_id": scene.order_id, **proof(scene)},
        sent=lambda scene: {"body": proof(scene)},
        order="on its way",
    )


def subscription(name: str) -> Twin:
    def channel(scene: Scene) -> str:
        return name.format(order=scene.order_id, driver=scene.driver_id, user=scene.user_id)

    return Twin(
        type="subscribe",
        says=name,
        route=("GET", "/v1/events"),
        content=lambda scene: {"channel": channel(scene), "since": 0},
        sent=lambda scene: {"query": {"channel": channel(scene), "since": "0"}},
    )


def seen(name: str) -> Twin:
    def content(scene: Scene) -> dict[str, Any]:
        return {"channel": name.format(user=scene.user_id), "cursor": 0}

    return Twin(
        type="seen",
        says=name,
        route=("POST", "/v1/realtime/seen"),
        content=content,
        sent=lambda scene: {"body": content(scene)},
    )


TWINS: Final = (
    *(step(status, "on its way") for status in ("arriving", "delivered")),
    *(step(status, "new") for status in ("confirmed", "cancelled")),
    *(step(status, None) for status in ("confirmed", "cancelled", "pending", "lost")),
    confirmation("the right PIN", lambda pin: pin),
    confirmation("a wrong PIN", other_pin),
    *(subscription(name) for name in ("orders", "drivers", "routes", "customers", "system")),
    *(subscription(name) for name in ("order:{order}", "driver:{driver}", "user:{user}", "user:another")),
    *(subscription(name) for name in ("route:none", "kitchen")),
    *(seen(name) for name in ("user:{user}", "user:another", "orders", "kitchen")),
    Twin(
        type="location_update",
        says="a fix",
        route=("POST", "/v1/drivers/me/location"),
        content=lambda _: {**PLACE, "timestamp": wire(now())},
        sent=lambda _: {"body": {**PLACE, "timestamp": wire(now())}},
    ),
)


def actors(world: World, gas: Business, order_id: str) -> dict[str, str]:
    """Tokens by actor."""
    assert gas.customer_user
    stranger = user(gas.tenant, "customer", customer_id=customer(gas.tenant, phone="+886987654321").id)
    restaurant = table_business()
    seat = table_token(dining_table(restaurant.tenant), restaurant.tenant, address="home", earlier=None, now=now())
    tokens = {
        "admin": world.api.token(gas.admin),
        "office staff": world.api.token(gas.staff),
        "driver of the order": world.api.token(gas.driver_user),
        "another driver": world.api.token(gas.drivers[1][0]),
        "own customer": world.api.token(gas.customer_user),
        "another customer": world.api.token(stranger),
        "tracker": tracker(world.api, gas, order_id).token,
        "table guest": seat.access_token,
        "display": display_token(world.api, gas)["token"],
    }
    assert tokens.keys() == ROLE_OF.keys()
    return tokens


def new_order(world: World, gas: Business) -> str:
    order_id: str = world.api.post("/v1/orders", order_body(gas), as_=gas.staff).body["id"]
    return order_id


def scene_of(world: World, gas: Business, token: str, order: str | None) -> Scene:
    """An order of its own for the actor."""
    is_out = order == "on its way"
    order_id = on_the_way(world.api, gas) if is_out else new_order(world, gas)
    pin = pin_of(world.api, gas, order_id) if is_out else ""
    return Scene(order_id, pin, gas.driver.id, verify_token(token).user_id)


def over_https(world: World, token: str, twin: Twin, scene: Scene) -> str:
    """`accepted`, or the code of the refusal."""
    method, path = twin.route
    answer = world.api.call(method, path.format(order_id=scene.order_id), token=token, **twin.sent(scene))
    return "accepted" if answer.status < 300 else str(answer.body["code"])


def over_the_socket(world: World, connection_id: str, message: dict[str, Any]) -> str:
    """As `over_https`, but over the socket."""
    answer = sent(world, connection_id, message)
    return str(answer["code"]) if answer["type"] == "error" else "accepted"


def check_same(world: World, actor: str, token: str, twin: Twin, scenes: tuple[Scene, Scene]) -> None:
    connection_id = world.connect_with(token)
    expected = over_https(world, token, twin, scenes[0])
    before = stored_but("connections")
    answer = over_the_socket(world, connection_id, {"type": twin.type, **twin.content(scenes[1])})
    assert answer == expected, (actor, twin.says)
    if ROLE_OF[actor] not in ANSWERS[twin.type].roles:
        assert answer == "forbidden", actor
        assert stored_but("connections") == before, f"{actor} was refused, and something changed"


@pytest.mark.parametrize(
    "twin", [each for each in TWINS if each.order], ids=lambda twin: f"{twin.type} {twin.says}"
)
def test_order_changes_are_answered_over_the_socket_as_over_https(world: World, gas: Business, twin: Twin) -> None:
    for actor, token in actors(world, gas, new_order(world, gas)).items():
        http_scene, socket_scene = (scene_of(world, gas, token, twin.order) for _ in range(2))
        check_same(world, actor, token, twin, (http_scene, socket_scene))


@pytest.mark.parametrize("kind", sorted({each.type for each in TWINS if not each.order}))
def test_every_role_is_answered_over_the_socket_as_over_https(world: World, gas: Business, kind: str) -> None:
    order_id = on_the_way(world.api, gas)
    for actor, token in actors(world, gas, order_id).items():
        scene = Scene(order_id, "", gas.driver.id, verify_token(token).user_id)
        for twin in TWINS:
            if twin.type == kind and not twin.order:
                check_same(world, actor, token, twin, (scene, scene))


def test_a_role_is_refused_before_its_message_is_looked_at(world: World, gas: Business) -> None:
    for actor, token in actors(world, gas, on_the_way(world.api, gas)).items():
        connection_id = world.connect_with(token)
        world.send(connection_id, {"type": "ping"})
        with counted_calls() as least:
            world.send(connection_id, {"type": "no such type"})
        for kind, answer in ANSWERS.items():
            malformed = {"type": kind, "order_id": 7, "channel": [], "pin": {}}
            with counted_calls() as calls:
                code = over_the_socket(world, connection_id, malformed)
            is_refused = ROLE_OF[actor] not in answer.roles
            assert (code == "forbidden") == is_refused, (actor, kind)
            assert not is_refused or calls == least, (actor, kind)


def test_clients_that_may_not_confirm_can_neither_lock_nor_find_the_pin(world: World, gas: Business) -> None:
    order_id = on_the_way(world.api, gas)
    pin, tokens = pin_of(world.api, gas, order_id), actors(world, gas, order_id)
    proof = {"confirmation_type": "pin", "confirmed_at": wire(now())}
    for actor in ("own customer", "another customer", "tracker", "table guest", "display"):
        connection_id = world.connect_with(tokens[actor])
        for tried in (pin, *[other_pin(pin)] * 6):
            message = {"type": "delivery.confirmed", "order_id": order_id, **proof, "pin": tried}
            assert over_the_socket(world, connection_id, message) == "forbidden", actor
    path, body = f"/v1/deliveries/{order_id}/confirm", {**proof, "pin": pin}
    assert world.api.post(path, body, token=tokens["driver of the order"]).status == 200


def test_the_table_of_messages_has_the_roles_of_the_endpoints() -> None:
    routes = {(route.method, route.path): route.roles for route in ROUTES}
    assert {twin.type for twin in TWINS} == ANSWERS.keys() - OF_THE_CONNECTION
    for twin in TWINS:
        assert ANSWERS[twin.type].roles == routes[twin.route], twin.type
    for kind in OF_THE_CONNECTION:
        assert ANSWERS[kind].roles == ROLES | GUESTS | {DISPLAY}, kind
