"""docs/asyncapi.yaml is a valid AsyncAPI 3.0 document, and its schemas match the server's messages."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from msgspec import structs
from referencing import Registry

from chalicelib.auth.audiences import AUDIENCES
from chalicelib.orders.status import STEPS
from chalicelib.realtime.announcements import reserved_types
from chalicelib.realtime.channels import TENANT_CHANNELS
from chalicelib.realtime.closing import REASONS
from chalicelib.realtime.formats import FORMATS, render, variant
from chalicelib.realtime.replay import MOST_REPLAYED
from chalicelib.sockets.answers import ANSWERS
from chalicelib.sockets.client_messages import Details
from tests.docs import asyncapi_document
from tests.docs.examples import (
    ClientExample,
    Example,
    asyncapi,
    asyncapi_examples,
    client_examples,
    message_type,
    messages,
    validator,
)
from tests.docs.samples import EVENT_TYPES, ORDER, sample_event, sample_message, sample_welcome

CLIENT_MESSAGES = {example.name.partition(" ")[0] for example in client_examples()}

_SCHEMA = Path(__file__).parent / "asyncapi-3.0.0" / "asyncapi.schema.json"


def complaints(document: dict[str, Any]) -> list[str]:
    # An empty registry: whatever the schema does not bring along would be an error, never a download.
    schema = Draft7Validator(json.loads(_SCHEMA.read_text()), registry=Registry())
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in schema.iter_errors(document)
    ]


def message_of(type_: str, format_: str) -> str | None:
    """The name of the message that tells of an event in a format."""
    kind = type_ if type_ != "maintenance_alert" else "custom"
    if format_ == "restaurant" and kind in ("notification", "custom"):
        format_ = "standard"
    if format_ == "flat" and kind == "order_status_changed":
        kind = "order_updated"
    name = format_ + "".join(part.capitalize() for part in kind.split("_"))
    return name if name in messages() else None


def test_the_stored_document_is_the_generated_one() -> None:
    assert asyncapi_document.text() == asyncapi_document.PATH.read_text(), "run `make asyncapi`"


def test_the_document_is_valid() -> None:
    assert complaints(asyncapi()) == []


@pytest.mark.parametrize(
    "path",
    [("info", "title"), ("channels", "socket", "messages", "ping", "$ref"), ("operations", "ping", "action")],
)
def test_a_document_that_is_not_would_be_noticed(path: tuple[str, ...]) -> None:
    document = deepcopy(asyncapi())
    node = document
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = 1
    assert complaints(document) != []


def test_every_reference_leads_somewhere() -> None:
    stack: list[Any] = [asyncapi()]
    found = 0
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack += node
        elif isinstance(node, dict):
            stack += node.values()
            if isinstance(node.get("$ref"), str):
                target: Any = asyncapi()
                for key in node["$ref"].removeprefix("#/").split("/"):
                    target = target[key]
                found += 1
    assert found > len(messages())


def test_every_message_is_on_the_socket_and_in_an_operation() -> None:
    assert asyncapi()["channels"]["socket"]["messages"].keys() == messages().keys()
    mentioned = {
        reference["$ref"].rpartition("/")[2]
        for operation in asyncapi()["operations"].values()
        for reference in [*operation["messages"], *operation.get("reply", {}).get("messages", [])]
    }
    assert mentioned == messages().keys()


@pytest.mark.parametrize("name", messages())
def test_every_schema_is_one(name: str) -> None:
    Draft7Validator.check_schema(validator(name).schema)
    assert messages()[name]["examples"]


@pytest.mark.parametrize("example", asyncapi_examples(), ids=lambda example: example.name)
def test_every_example_fits_its_schema_and_holds_nothing_else(example: Example) -> None:
    validator(example.message, closed=example.message != "flatCustom").validate(example.payload)


@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_every_welcome_fits_its_schema(format_: str) -> None:
    validator(f"{format_}Welcome", closed=True).validate(sample_welcome(format_))


@pytest.mark.parametrize("format_", sorted(FORMATS))
@pytest.mark.parametrize("type_", EVENT_TYPES)
def test_the_servers_messages_match_the_schema_without_further_keys(type_: str, format_: str) -> None:
    message, name = sample_message(type_, format_), message_of(type_, format_)
    assert (message is None) == (name is None)
    if message is not None and name is not None:
        validator(name, closed=name != "flatCustom").validate(message)


@pytest.mark.parametrize("role", ["office_staff", *sorted(AUDIENCES)])
@pytest.mark.parametrize("format_", sorted(FORMATS))
@pytest.mark.parametrize("type_", ["order_created", "order_updated"])
def test_the_short_form_of_a_large_order_fits_the_schema(type_: str, format_: str, role: str) -> None:
    event = sample_event(type_)
    order = event.data["order"]
    large = structs.replace(event, data={**event.data, "order": {**order, "items": order["items"] * 5000}})
    message = render(large, {f"order:{ORDER}": 2}, variant(format_, role))
    name = message_of(type_, format_)
    assert message is not None
    assert name is not None
    assert message["truncated"] is True
    validator(name, closed=True).validate(message)


@pytest.mark.parametrize("role", sorted(AUDIENCES))
@pytest.mark.parametrize("format_", sorted(FORMATS))
@pytest.mark.parametrize("type_", ["order_created", "order_status_changed", "order_updated"])
def test_messages_to_each_audience_match_the_schema_without_further_keys(
    type_: str, format_: str, role: str
) -> None:
    message = render(sample_event(type_), {f"order:{ORDER}": 2}, variant(format_, role))
    name = message_of(type_, format_)
    assert message is not None
    assert name is not None
    validator(name, closed=True).validate(message)


@pytest.mark.parametrize("name", ["Order", "GuestOrder", "Item"])
def test_the_restaurant_format_differs_from_rest_in_few_keys(name: str) -> None:
    schemas = asyncapi()["components"]["schemas"]
    rest, restaurant = schemas[name]["properties"], schemas[f"Restaurant{name}"]["properties"]
    differing = {key for key in rest.keys() | restaurant.keys() if rest.get(key) != restaurant.get(key)}
    order = {"restaurant_id", "order_status", "total_price", "table_number", "items"}
    assert differing == ({"unit_price"} if name == "Item" else order)


def test_the_enumerations_are_the_servers_own() -> None:
    schemas = asyncapi()["components"]["schemas"]
    assert set(schemas["Status"]["enum"]) == {status for steps in STEPS.values() for status in steps}
    assert set(schemas["CustomType"]["not"]["enum"]) == reserved_types() | {"notification"}
    query = asyncapi()["channels"]["socket"]["bindings"]["ws"]["query"]["properties"]
    assert set(query["format"]["enum"]) == FORMATS
    assert set(messages()["closing"]["payload"]["properties"]["code"]["enum"]) == REASONS.keys()
    replayed = messages()["subscribed"]["payload"]["properties"]["replayed"]
    assert replayed["maximum"] == MOST_REPLAYED
    for channel in TENANT_CHANNELS:
        assert not list(validator("unsubscribe").iter_errors({"type": "unsubscribe", "channel": channel}))


def test_no_type_of_the_servers_own_may_be_published() -> None:
    own = {
        message_type(name)
        for operation in asyncapi()["operations"].values()
        for reference in (
            operation["messages"] if operation["action"] == "send" else operation["reply"]["messages"]
        )
        if (name := reference["$ref"].rpartition("/")[2])
    }
    assert own - {None, "notification"} <= reserved_types()


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_the_documented_keys_of_client_messages_are_those_that_the_server_reads(name: str) -> None:
    (sent,) = (each for each in messages() if message_type(each) == name and each in CLIENT_MESSAGES)
    schema = messages()[sent]["payload"]
    fields = structs.fields(ANSWERS[name].shape)
    assert schema["properties"].keys() - {"type", "ref"} == {field.name for field in fields}
    assert set(schema["required"]) - {"type"} == {field.name for field in fields if field.required}


def test_the_keys_of_a_steps_details_are_those_that_the_server_reads() -> None:
    known = asyncapi()["components"]["schemas"]["Details"]["properties"]
    assert known.keys() == {field.name for field in structs.fields(Details)}


@pytest.mark.parametrize("example", client_examples(), ids=lambda example: example.name)
def test_a_client_may_send_more_than_is_known(example: ClientExample) -> None:
    sent = example.name.partition(" ")[0]
    validator(sent).validate({**example.payload, "timestamp": "2026-11-22T04:38:09.000Z", "app": {"version": 1}})


def test_every_client_message_has_an_answer() -> None:
    answers = {example.payload["type"]: example.answer_type for example in client_examples()}
    assert answers == {
        "heartbeat": "heartbeat",
        "ping": "pong",
        "subscribe": "subscribed",
        "unsubscribe": "unsubscribed",
        "seen": "seen_accepted",
        "order_update": "order_update_accepted",
        "delivery.confirmed": "delivery.confirmed_accepted",
        "authenticate": "authenticated",
        "location_update": "location_update_accepted",
    }


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_the_documented_roles_of_a_message_are_those_that_the_server_checks(name: str) -> None:
    (operation,) = (
        each
        for each in asyncapi()["operations"].values()
        if each["action"] == "receive" and message_type(each["messages"][0]["$ref"].rpartition("/")[2]) == name
    )
    assert set(operation["x-roles"]) == ANSWERS[name].roles
