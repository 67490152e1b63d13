"""Dead letters are processed again; those that fail stay in the queue."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.consumers.batch import parse_image
from chalicelib.consumers.dead_letters import sent_ids
from chalicelib.core import aws
from chalicelib.core.clock import from_wire
from chalicelib.core.dead_letters import DeadLetters
from chalicelib.core.settings import settings
from chalicelib.models.customer import Customer
from chalicelib.models.delivery import Delivery
from chalicelib.models.file_import import FileImport
from chalicelib.models.order import Order
from chalicelib.orders.events import event_of
from infra.ops.functions import stream_event
from infra.ops.redrive import Batch, described, records_of, redrive_imports, redrive_streams
from infra.ops.replay import changed, records, replay
from infra.ops.stage import Refused
from tests.calls import running_as
from tests.consumers.damage import without
from tests.deliveries.doors import confirm, on_the_way, pin_of
from tests.factories import Business, order_body
from tests.imports.files import brought, csv_file
from tests.world import STREAMS, World

QUEUES = "https://sqs.ap-northeast-1.amazonaws.com/123456789012/luckygas-test-"
STREAM_LETTERS = f"{QUEUES}stream-dead-letters"
IMPORT_LETTERS = f"{QUEUES}imports-dead-letters"


def put(url: str, body: Any) -> None:
    aws.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(body))


def left(url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(attributes[name]) for name in names)


def parked(world: World, records: list[dict[str, Any]], **more: Any) -> None:
    """Sends the dead letter that Lambda writes for a failed batch."""
    arn = aws.client("dynamodb").describe_table(TableName="luckygas-test-orders")["Table"]["LatestStreamArn"]
    shards = aws.client("dynamodbstreams").describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    numbers = [each["dynamodb"]["SequenceNumber"] for each in records]
    batch = {
        "shardId": shards[0]["ShardId"],
        "startSequenceNumber": numbers[0],
        "endSequenceNumber": numbers[-1],
        "batchSize": len(records),
        "streamArn": arn,
        **more,
    }
    put(STREAM_LETTERS, {"requestContext": {"functionArn": "arn:of-a-stack-before"}, "DDBStreamBatchInfo": batch})


def follower_of(stream_arn: str) -> str:
    return f"arn:{stream_arn.split('/')[1]}"


def ordered(world: World, gas: Business) -> dict[str, Any]:
    answer = world.api.post("/v1/orders", order_body(gas), as_=gas.staff)
    assert answer.status == 201
    order: dict[str, Any] = answer.body
    return order


def test_a_failed_batch_is_handled_and_its_dead_letter_deleted(world: World, gas: Business) -> None:
    listening = world.connect(gas.staff)
    order = ordered(world, gas)
    parked(world, world.take("orders"))
    called = []

    def call(function: str, event: Any) -> None:
        called.append(function)
        world.follow("orders", event["Records"])

    assert redrive_streams(STREAM_LETTERS, call=call, follower_of=follower_of) == {"followed": 1}
    assert called == ["arn:luckygas-test-orders"], "today's function, not the one that the letter names"
    [received] = world.received(listening, "order_created")
    assert received["data"]["id"] == order["id"]
    assert left(STREAM_LETTERS) == 0


def set_aside(world: World, gas: Business, *attributes: str) -> dict[str, Any]:
    """An order whose record lost attributes, and which its function has set aside; the row's raw item."""
    order = ordered(world, gas)
    records = world.take("orders")
    for attribute in attributes:
        records = [without(record, attribute) for record in records]
    world.follow("orders", records)
    sent_ids.cache_clear()
    return dict(Order.get(gas.tenant.id, order["id"]).to_dynamodb_dict())


def follow_again(world: World) -> Any:
    def call(function: str, event: Any) -> None:
        assert event["redrive"] is True
        try:
            with running_as("orders_stream"):
                STREAMS["orders"][1](event, None)
        except ExceptionGroup as failure:
            raise Refused("the function failed") from failure

    return call


def put_row(item: dict[str, Any]) -> None:
    aws.client("dynamodb").put_item(TableName="luckygas-test-orders", Item=item)


def test_a_record_that_is_still_damaged_stays_one_letter(world: World, gas: Business) -> None:
    item = set_aside(world, gas, "status")
    put_row({name: value for name, value in item.items() if name != "status"})
    redriven = redrive_streams(STREAM_LETTERS, call=follow_again(world), follower_of=lambda arn: arn)
    assert redriven == {"failed": 1}
    assert left(STREAM_LETTERS) == 1


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_record_of_a_repaired_or_deleted_row_is_settled(world: World, gas: Business, is_gone: bool) -> None:
    item = set_aside(world, gas, "status")
    if is_gone:
        Order(gas.tenant.id, item["id"]["S"]).delete()

    def call(_function: str, _event: Any) -> None:
        raise AssertionError("there is nothing to follow")

    assert redrive_streams(STREAM_LETTERS, call=call, follower_of=lambda arn: arn) == {"settled": 1}
    assert left(STREAM_LETTERS) == 0


def test_a_record_that_could_not_be_followed_is_once_its_cause_is_mended(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    world.deliver()
    path = f"/v1/orders/{ordered(world, gas)['id']}/status"
    world.take("orders")
    world.api.post(path, {"status": "confirmed"}, as_=gas.staff)
    tenant = gas.tenant.to_dynamodb_dict()
    gas.tenant.delete()
    world.follow("orders", world.take("orders"))
    sent_ids.cache_clear()
    assert left(STREAM_LETTERS) == 1
    call = follow_again(world)
    assert redrive_streams(STREAM_LETTERS, call=call, follower_of=lambda arn: arn) == {"failed": 1}
    aws.client("dynamodb").put_item(TableName="luckygas-test-tenants", Item=tenant)
    assert redrive_streams(STREAM_LETTERS, call=call, follower_of=lambda arn: arn) == {"followed": 1}
    assert left(STREAM_LETTERS) == 0
    assert len({message["id"] for message in world.received(office, "order_status_changed")}) == 1


def test_a_batch_that_fails_again_stays(world: World, gas: Business) -> None:
    ordered(world, gas)
    parked(world, world.take("orders"))

    def call(_function: str, _event: Any) -> None:
        raise Refused("no")

    assert redrive_streams(STREAM_LETTERS, call=call, follower_of=follower_of) == {"failed": 1}
    assert left(STREAM_LETTERS) == 1


def test_a_batch_that_the_stream_has_lost_stays_for_a_replay(world: World, gas: Business) -> None:
    ordered(world, gas)
    parked(world, world.take("orders"), endSequenceNumber="1")

    def call(_function: str, _event: Any) -> None:
        raise AssertionError("there is nothing to follow")

    assert redrive_streams(STREAM_LETTERS, call=call, follower_of=follower_of) == {"too_old": 1}
    assert left(STREAM_LETTERS) == 1


def test_all_records_of_a_batch_are_followed_with_those_of_other_keys_between_them(
    world: World, gas: Business
) -> None:
    orders = [ordered(world, gas)["id"] for _ in range(40)]
    # Four batches side by side: this one's ten records lie among those of the others.
    parked(world, world.take("orders"), batchSize=10)
    followed: list[list[str]] = []

    def call(_function: str, event: Any) -> None:
        followed.append([each["dynamodb"]["Keys"]["id"]["S"] for each in event["Records"]])

    assert redrive_streams(STREAM_LETTERS, call=call, follower_of=follower_of) == {"followed": 1}
    assert [id_ for each in followed for id_ in each] == orders
    assert max(map(len, followed)) <= 16
    assert left(STREAM_LETTERS) == 0


def test_a_slice_that_fails_keeps_the_letter_and_holds_no_other_slice(world: World, gas: Business) -> None:
    for _ in range(20):
        ordered(world, gas)
    parked(world, world.take("orders"))
    sizes: list[int] = []

    def call(_function: str, event: Any) -> None:
        sizes.append(len(event["Records"]))
        if len(sizes) == 1:
            raise Refused("no")

    assert redrive_streams(STREAM_LETTERS, call=call, follower_of=follower_of) == {"failed": 1}
    assert sizes == [16, 4]
    assert left(STREAM_LETTERS) == 1


class Shard:
    """A shard's pages of sequence numbers. Open: after the last page there are empty ones without end."""

    def __init__(self, *pages: list[int]) -> None:
        self._pages = list(pages)

    def get_shard_iterator(self, **_: Any) -> dict[str, str]:
        return {"ShardIterator": "next"}

    def get_records(self, **_: Any) -> dict[str, Any]:
        page = self._pages.pop(0) if self._pages else []
        records = [{"dynamodb": {"SequenceNumber": str(number)}} for number in page]
        return {"Records": records, "NextShardIterator": "next"}


def numbers(shard: Shard, *, seconds: int = 60) -> list[int]:
    clock = iter(range(0, 10 * seconds, 1))
    batch = Batch("arn:aws:dynamodb:::table/orders/stream/x", "shard", "3", "9")
    found = records_of(batch, shard, elapsed=lambda: float(next(clock)), pause=lambda _: None)
    return [int(each["dynamodb"]["SequenceNumber"]) for each in found]


def test_empty_pages_between_records_end_no_batch() -> None:
    assert numbers(Shard([], [3, 5], [], [], [8, 9, 10])) == [3, 5, 8, 9]


def test_a_shard_that_never_comes_to_the_last_record_is_not_read_for_ever() -> None:
    with pytest.raises(Refused, match="in a minute"):
        numbers(Shard([3, 5]))


def test_a_letter_that_cannot_be_handed_over_keeps_no_other_back(world: World, gas: Business) -> None:
    ordered(world, gas)
    records = world.take("orders")
    aws.client("sqs").send_message(QueueUrl=STREAM_LETTERS, MessageBody="not JSON")
    put(STREAM_LETTERS, ["a", "list"])
    put(STREAM_LETTERS, {"DDBStreamBatchInfo": {"shardId": "s"}})
    parked(world, records)
    parked(world, records)
    called: list[str] = []

    def call(function: str, _event: Any) -> None:
        called.append(function)
        if len(called) == 1:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "no function"}}, "Invoke")

    done = redrive_streams(STREAM_LETTERS, call=call, follower_of=follower_of)
    assert done == {"unreadable": 3, "failed": 1, "followed": 1}
    assert left(STREAM_LETTERS) == 4


def test_an_import_that_cannot_be_read_keeps_no_other_back(world: World) -> None:
    put(IMPORT_LETTERS, {"no": "part"})
    aws.client("sqs").send_message(QueueUrl=IMPORT_LETTERS, MessageBody="not JSON")
    part = dict.fromkeys(("tenant_id", "import_id", "run", "step", "correlation_id"), "x")
    put(IMPORT_LETTERS, {**part, "part": 1})
    assert redrive_imports(IMPORT_LETTERS) == {"unreadable": 2, "outdated": 1}
    assert left(IMPORT_LETTERS) == 2


def test_a_chunk_for_a_large_audience_is_dropped(world: World) -> None:
    put(STREAM_LETTERS, {"requestContext": {"functionArn": "arn:fan_out"}, "requestPayload": {"chunk": "…"}})
    assert redrive_streams(STREAM_LETTERS) == {"dropped": 1}
    assert left(STREAM_LETTERS) == 0


def test_letters_are_described_without_anything_personal(world: World, gas: Business) -> None:
    ordered(world, gas)
    parked(world, world.take("orders"))
    put(STREAM_LETTERS, {"requestContext": {}, "requestPayload": {}})
    put(STREAM_LETTERS, {"tenant_id": "t-1", "notification_id": "n"})
    aws.client("sqs").send_message(QueueUrl=STREAM_LETTERS, MessageBody="not JSON")
    words = {described(dead_letter.body).split(" (")[0] for dead_letter in DeadLetters(STREAM_LETTERS)}
    assert words == {
        "batches of luckygas-test-orders",
        "chunks for a large audience",
        "of business t-1",
        "unreadable",
    }


def test_an_import_goes_on_where_it_failed(world: World, gas: Business) -> None:
    file = csv_file(["name", "phone"], ["王", "0912345678"])
    import_id = brought(world.api, gas.staff, "customers", file)
    assert world.api.post(f"/v1/imports/{import_id}/check", as_=gas.staff).status == 202
    row = FileImport.get(gas.tenant.id, import_id)
    [message] = aws.client("sqs").receive_message(QueueUrl=settings().import_queue_url)["Messages"]
    row.update([FileImport.state.set("failed")])
    for _ in range(2):
        aws.client("sqs").send_message(QueueUrl=IMPORT_LETTERS, MessageBody=message["Body"])
    # The second letter finds the import at work again.
    assert redrive_imports(IMPORT_LETTERS) == {"resumed": 1, "outdated": 1}
    assert left(IMPORT_LETTERS) == 0
    world.deliver_imports()
    assert FileImport.get(gas.tenant.id, import_id).state == "checked"


def test_a_replay_sends_missed_events_and_repeats_none(world: World, gas: Business) -> None:
    order = ordered(world, gas)
    world.deliver()
    world.api.post(f"/v1/orders/{order['id']}/status", {"status": "confirmed"}, as_=gas.staff)
    world.take("orders")  # lost
    quiet = ordered(world, gas)["id"]
    world.api.post(f"/v1/orders/{quiet}/status", {"status": "confirmed", "notify": False}, as_=gas.staff)
    world.take("orders")
    listening = world.connect(gas.staff)
    since = from_wire(order["created_at"])
    found = changed(gas.tenant.id, since, from_wire("2999-01-01T00:00:00Z"))
    assert [row.id for row in found] == [order["id"], quiet]

    def call(function: str, event: Any) -> None:
        assert function == "orders_stream"
        world.follow("orders", event["Records"])

    for _ in range(2):
        replay(found, "orders_stream", call=call)
    first, second = world.received(listening, "order_status_changed")
    assert first == second, "a repeat keeps its id and its numbers"
    assert (first["data"]["previous_status"], first["data"]["status"]) == ("pending", "confirmed")


@pytest.mark.parametrize("notify", [True, False])
def test_a_replay_keeps_an_attempt_after_which_the_order_was_paid(
    world: World, gas: Business, notify: bool
) -> None:
    order_id = on_the_way(world.api, gas)
    world.deliver()
    confirm(world.api, gas, order_id, "pin", pin=pin_of(world.api, gas, order_id), empties_back=1)
    body = {"payment_status": "paid", "notify": notify}
    world.api.post(f"/v1/orders/{order_id}/payment", body, as_=gas.staff)
    world.take("orders")  # lost
    listening = world.connect(gas.staff)
    row = Order.get(gas.tenant.id, order_id)
    found = changed(gas.tenant.id, from_wire(row.updated_at), from_wire("2999-01-01T00:00:00Z"))
    for _ in range(2):
        replay(found, "orders_stream", call=lambda _, event: world.follow("orders", event["Records"]))
    [attempt] = Delivery.query(gas.tenant.id)
    assert (attempt.outcome, attempt.finished_at) == ("delivered", row.history[-1].at)
    assert attempt.proof.confirmation_type == "pin"
    assert gas.customer is not None
    assert Customer.get(gas.tenant.id, gas.customer.id).cylinders_out == 1, "counted once"
    assert {each["type"] for each in world.received(listening)} == ({"order_updated"} if notify else set())


def test_a_replayed_record_equals_the_streams(world: World, gas: Business) -> None:
    order = ordered(world, gas)
    for change in (
        ("PATCH", f"/v1/orders/{order['id']}", {"notes": "門口"}),
        ("POST", f"/v1/orders/{order['id']}/status", {"status": "confirmed"}),
    ):
        world.api.call(*change, as_=gas.staff)
        [real] = stream_event(world.take("orders")[-1:], "arn")["Records"]
        made = stream_event(records(Order.get(gas.tenant.id, order["id"])), "arn")["Records"][-1]
        assert made["eventName"] == real["eventName"] == "MODIFY"
        # A write recognises its own repeat by this attribute; no function that follows an order reads it.
        del real["dynamodb"]["NewImage"]["write_id"]
        assert made["dynamodb"]["NewImage"] == real["dynamodb"]["NewImage"]
        before, after = "OldImage", "NewImage"
        images = [(each["dynamodb"].get(before), each["dynamodb"][after]) for each in (made, real)]
        received, expected = (event_of(parse_image(Order, old), parse_image(Order, new)) for old, new in images)
        assert type(received) is type(expected)
        assert getattr(received, "previous_status", None) == getattr(expected, "previous_status", None)
