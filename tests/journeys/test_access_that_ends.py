"""Access that ends while a token is still valid: the token is refused over REST and the WebSocket."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.auth.passwords import hash_password
from chalicelib.auth.revocations import revocations
from chalicelib.auth.sessions import TokenPair, open_session
from chalicelib.auth.tokens import verify_access_token
from chalicelib.core.clock import now, wire
from chalicelib.models.connection import Connection
from chalicelib.models.driver_position import DriverPosition
from chalicelib.models.link import Link
from chalicelib.models.order import Order
from chalicelib.models.user import User
from chalicelib.realtime.posts import GatewayDown
from infra.ops import disconnect, suspend
from infra.ops.forgetting.person import Person
from infra.ops.forgetting.rows import shut_out
from tests.calls import counted_calls
from tests.crashes import Crash, at_call, crash
from tests.deliveries.doors import on_the_way
from tests.displays import display, revoke
from tests.factories import PASSWORD, Business, dining_table, order_body
from tests.outages import away
from tests.sockets.test_subscribe import sent, subscribe
from tests.visits import sat_down, tracker
from tests.world import World

NEW_PASSWORD = "corner-of-the-9th-street"
REFUSED = {"session_revoked", "token_outdated", "tenant_suspended"}
HERE = {"latitude": 25.03, "longitude": 121.56}


class Phone:
    """A driver's phone: signed in, connected, and on the way with an order."""

    def __init__(self, world: World, gas: Business) -> None:
        self.world, self.gas, self.user = world, gas, gas.driver_user
        self.pair: TokenPair = open_session(gas.tenant, self.user, signed_in_at=now())
        self.token = self.pair.access_token
        self.session_id = verify_access_token(self.token).session_id
        self.order_id = on_the_way(world.api, gas)
        self.socket = world.connect_with(self.token)
        world.deliver()
        revocations.clear()

    def step(self, status: str) -> int:
        path = f"/v1/orders/{self.order_id}/status"
        return self.world.api.post(path, {"status": status}, token=self.token).status

    def post_position(self) -> int:
        fix = {**HERE, "timestamp": wire(now())}
        return self.world.api.post("/v1/drivers/me/location", fix, token=self.token).status

    def send(self, type_: str, **values: Any) -> str:
        """The code of the refusal, or the type of the answer."""
        Connection(self.socket).update([Connection.next_message_at.set(0)])
        answer = sent(self.world, self.socket, {"type": type_, **values})
        return str(answer.get("code", answer["type"]))

    def final_steps_are_refused(self) -> None:
        confirmation = {"confirmed_at": wire(now()), "confirmation_type": "photo"}
        codes = {
            self.send("order_update", order_id=self.order_id, status="delivered"),
            self.send("delivery.confirmed", order_id=self.order_id, **confirmation),
        }
        assert codes <= REFUSED, codes
        assert {self.step("delivered"), self.step("failed")} <= {401, 403}

    def all_is_refused(self) -> None:
        codes = {
            self.send("order_update", order_id=self.order_id, status="arriving"),
            self.send("location_update", **HERE),
            self.send("subscribe", channel=f"order:{self.order_id}"),
            self.send("seen", channel=f"user:{self.user.id}", cursor=0),
        }
        assert codes <= REFUSED, codes
        assert {self.step("arriving"), self.post_position()} <= {401, 403}

    def rows(self) -> Any:
        """The rows that a step or a position changes."""
        position = DriverPosition.get(self.gas.tenant.id, self.gas.driver.id)
        return Order.get(self.gas.tenant.id, self.order_id).to_dynamodb_dict(), position.to_dynamodb_dict()

    def streams_reach_no_socket(self) -> None:
        """The change's record is followed, but the gateway does not answer: the socket stays open."""
        self.world.gateway.answer(self.socket, 0)
        for table in ("users", "tenants", "refresh_tokens"):
            if records := self.world.take(table):
                with pytest.RaisesGroup(GatewayDown):
                    self.world.follow(table, records)
        self.world.gateway.answer(self.socket, 200)


@pytest.fixture
def phone(world: World, gas: Business) -> Phone:
    return Phone(world, gas)


def changed(phone: Phone, **values: str) -> None:
    answer = phone.world.api.patch(f"/v1/users/{phone.user.id}", values, as_=phone.gas.admin)
    assert answer.status == 200, answer.body


def signs_out(phone: Phone) -> None:
    assert phone.world.api.post("/v1/auth/logout", token=phone.token).status == 204


def uses_a_refresh_token_twice(phone: Phone) -> None:
    body = {"refresh_token": phone.pair.refresh_token}
    assert [phone.world.api.post("/v1/auth/refresh", body).status for _ in range(2)] == [200, 401]


def ends_the_session_elsewhere(phone: Phone) -> None:
    other = open_session(phone.gas.tenant, phone.user, signed_in_at=now())
    path = f"/v1/auth/sessions/{phone.session_id}"
    assert phone.world.api.call("DELETE", path, token=other.access_token).status == 204


def is_signed_out_by_the_admin(phone: Phone) -> None:
    path = f"/v1/users/{phone.user.id}/sessions"
    assert phone.world.api.call("DELETE", path, as_=phone.gas.admin).status == 204


def is_signed_out_by_the_operator(phone: Phone) -> None:
    disconnect.sign_out(User.get(phone.gas.tenant.id, phone.user.id), now())


def is_suspended(phone: Phone) -> None:
    changed(phone, status="suspended")


def gets_a_new_password(phone: Phone) -> None:
    changed(phone, password=NEW_PASSWORD)


def changes_the_password(phone: Phone) -> None:
    phone.user.update([User.password_hash.set(hash_password(PASSWORD))])
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert phone.world.api.post("/v1/auth/password", body, token=phone.token).status == 200


def gets_another_role(phone: Phone) -> None:
    changed(phone, role="office_staff")


def becomes_another_driver(phone: Phone) -> None:
    changed(phone, driver_id=phone.gas.drivers[1][1].id)


def is_forgotten(phone: Phone) -> None:
    shut_out(Person(phone.gas.tenant.id, users=[User.get(phone.gas.tenant.id, phone.user.id)]), now())


def loses_the_business(phone: Phone) -> None:
    suspend.set_status(phone.gas.tenant, "suspended")


ENDS = [
    signs_out,
    uses_a_refresh_token_twice,
    ends_the_session_elsewhere,
    is_signed_out_by_the_admin,
    is_signed_out_by_the_operator,
    is_suspended,
    gets_a_new_password,
    changes_the_password,
    gets_another_role,
    becomes_another_driver,
    is_forgotten,
    loses_the_business,
]


@pytest.mark.parametrize("ends", ENDS, ids=lambda each: each.__name__)
def test_a_user_without_access_can_change_nothing(phone: Phone, ends: Callable[[Phone], None]) -> None:
    # Reads the revocations, which the process uses for some seconds.
    assert phone.post_position() == 200
    before = phone.rows()
    ends(phone)
    phone.final_steps_are_refused()
    phone.streams_reach_no_socket()
    # As in any process five seconds later.
    revocations.clear()
    phone.all_is_refused()
    phone.final_steps_are_refused()
    assert phone.rows() == before


def test_a_quiet_step_is_refused_at_once(world: World, gas: Business) -> None:
    order_id = world.api.post("/v1/orders", order_body(gas), as_=gas.staff).body["id"]
    path = f"/v1/orders/{order_id}/status"
    world.api.patch(f"/v1/users/{gas.staff.id}", {"status": "suspended"}, as_=gas.admin)
    for status in ("confirmed", "cancelled"):
        answer = world.api.post(path, {"status": status, "notify": False}, as_=gas.staff)
        assert (answer.status, answer.body["code"]) == (401, "session_revoked")
    assert Order.get(gas.tenant.id, order_id).status == "pending"


def test_other_users_of_the_business_go_on(phone: Phone) -> None:
    is_suspended(phone)
    phone.streams_reach_no_socket()
    revocations.clear()
    path = f"/v1/orders/{phone.order_id}/status"
    assert phone.world.api.post(path, {"status": "arriving"}, as_=phone.gas.staff).status == 200


def test_a_user_who_signs_in_again_continues(phone: Phone) -> None:
    signs_out(phone)
    phone.world.deliver()
    revocations.clear()
    phone.token = open_session(phone.gas.tenant, phone.user, signed_in_at=now()).access_token
    assert (phone.step("arriving"), phone.post_position()) == (200, 200)


def test_a_business_that_is_back_goes_on(phone: Phone) -> None:
    loses_the_business(phone)
    phone.streams_reach_no_socket()
    suspend.set_status(phone.gas.tenant, "active")
    revocations.clear()
    assert phone.step("arriving") == 200


@pytest.mark.parametrize(
    ("table", "ends"),
    [("refresh_tokens", signs_out), ("users", is_suspended), ("tenants", loses_the_business)],
    ids=lambda each: str(each) if isinstance(each, str) else "",
)
@pytest.mark.parametrize("number", [1, 2])
def test_a_stream_that_dies_in_between_loses_no_revocation(
    phone: Phone, table: str, ends: Callable[[Phone], None], number: int
) -> None:
    """Before the revocation is written, or before the sockets are looked for; Lambda repeats the batch."""
    ends(phone)
    records = phone.world.take(table)
    operation = "UpdateItem" if number == 1 else "Query"
    with pytest.raises(Crash), at_call(operation, 1, "before-call.dynamodb", crash):
        phone.world.follow(table, records)
    phone.world.follow(table, records)
    revocations.clear()
    assert {phone.step("arriving"), phone.post_position()} <= {401, 403}


def test_a_revocation_that_cannot_be_written_is_repeated(phone: Phone) -> None:
    is_suspended(phone)
    records = phone.world.take("users")
    with away(operations={"UpdateItem"}), pytest.raises(ExceptionGroup):
        phone.world.follow("users", records)
    phone.world.follow("users", records)
    revocations.clear()
    assert phone.step("arriving") == 401


def test_repeated_records_write_the_same_revocation(phone: Phone) -> None:
    is_suspended(phone)
    records = phone.world.take("users")
    for _ in range(3):
        phone.world.follow("users", records)
    revocations.clear()
    assert phone.step("arriving") == 401


def test_steps_and_positions_are_refused_while_revocations_cannot_be_read(phone: Phone) -> None:
    with away(operations={"Query"}):
        assert (phone.step("arriving"), phone.post_position()) == (503, 503)
        assert phone.send("order_update", order_id=phone.order_id, status="arriving") == "unavailable"
        assert phone.send("location_update", **HERE) == "unavailable"
    assert DriverPosition.count() == 0
    assert phone.step("arriving") == 200


def test_recent_revocations_are_used_while_they_cannot_be_read(phone: Phone) -> None:
    assert phone.post_position() == 200
    with away(operations={"Query"}):
        assert phone.step("arriving") == 200
        assert phone.send("location_update", **HERE) == "location_update_accepted"


def test_a_final_step_is_refused_while_the_rows_cannot_be_read(phone: Phone) -> None:
    phone.step("arriving")
    with away(operations={"BatchGetItem"}):
        assert phone.step("delivered") == 503
        assert phone.send("order_update", order_id=phone.order_id, status="delivered") == "unavailable"


def test_a_step_and_a_position_cost_one_call_where_revocations_were_read_just_before(phone: Phone) -> None:
    phone.post_position()
    for happens in (lambda: phone.step("arriving"), phone.post_position):
        with counted_calls() as calls:
            assert happens() == 200
        assert calls == {"dynamodb.UpdateItem": 1}


def test_messages_cost_no_call_more_where_revocations_were_read_just_before(phone: Phone) -> None:
    phone.send("location_update", **HERE)
    for message in (
        {"type": "order_update", "order_id": phone.order_id, "status": "arriving"},
        {"type": "location_update", **HERE},
    ):
        Connection(phone.socket).update([Connection.next_message_at.set(0)])
        with counted_calls() as calls:
            answer = sent(phone.world, phone.socket, message)
        assert answer["type"] == f"{message['type']}_accepted"
        assert calls == {"dynamodb.UpdateItem": 2}


def test_a_guest_whose_link_or_table_has_ended_subscribes_to_nothing(
    world: World, gas: Business, restaurant: Business
) -> None:
    order_id = on_the_way(world.api, gas)
    table = dining_table(restaurant.tenant)
    seated = sat_down(world.api, table)
    at_table = world.connect_with(seated.token)
    ordered = seated.order(restaurant).body["id"]
    guest = tracker(world.api, gas, order_id)
    tracking = world.connect_with(guest.token)
    assert subscribe(world, tracking, f"order:{order_id}")["type"] == "subscribed"
    assert subscribe(world, at_table, f"order:{ordered}")["type"] == "subscribed"
    for row in Link.scan():
        row.delete()
    path = f"/v1/tables/{table.id}/qr"
    assert world.api.post(path, as_=restaurant.admin).status == 200
    assert subscribe(world, tracking, f"order:{order_id}")["code"] == "session_revoked"
    assert subscribe(world, at_table, f"order:{ordered}")["code"] == "qr_expired"


def test_a_display_whose_token_was_revoked_subscribes_to_nothing(world: World, gas: Business) -> None:
    socket = display(world, gas)
    assert subscribe(world, socket, "orders")["type"] == "subscribed"
    [token] = world.api.get("/v1/display-tokens", as_=gas.admin).body["items"]
    revoke(world.api, gas, token["id"])
    assert subscribe(world, socket, "orders")["code"] == "session_revoked"
