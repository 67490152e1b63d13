"""Each operation of the OpenAPI document has examples, and each example matches its schema."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import pytest
from jsonschema import Draft202012Validator

import app  # noqa: F401 - registers the routes
from chalicelib.api.document import document
from chalicelib.api.http import ROUTES, Route
from infra.packaging import ROOT
from tests.shapes import FORMATS

# Bytes: no JSON value is one.
_WITHOUT = {"image/png"}


class Sample(NamedTuple):
    """A part of an operation that has a schema and is to have an example."""

    name: str
    part: dict[str, Any]


def samples() -> Iterator[Sample]:
    """Paths' parameters and those that a request must have, bodies, and all answers."""
    found = document()
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            name = f"{method} {path}"
            for each in operation["parameters"]:
                if each.get("required"):
                    yield Sample(f"{name} {each['name']}", each)
            holders = {"body": operation.get("requestBody", {}), **operation["responses"]}
            for what, holder in holders.items():
                yield from _contents(f"{name} {what}", holder)
    for name, response in found["components"]["responses"].items():
        yield from _contents(name, response)


def _contents(name: str, holder: dict[str, Any]) -> Iterator[Sample]:
    for media_type, part in holder.get("content", {}).items():
        if media_type not in _WITHOUT:
            yield Sample(f"{name} {media_type}", part)


def test_each_parameter_body_and_answer_has_an_example() -> None:
    found = list(samples())
    assert len(found) > 2 * len(ROUTES)
    assert [each.name for each in found if "example" not in each.part] == []


def test_an_example_is_as_its_schema_says() -> None:
    assert [(each.name, fault) for each in samples() for fault in _faults(each.part)] == []


def _faults(part: dict[str, Any]) -> list[str]:
    whole = {"components": document()["components"], **part["schema"]}
    found = Draft202012Validator(whole, format_checker=FORMATS).iter_errors(part["example"])
    return [f"{each.json_path}: {each.message}" for each in found]


_WITH_BODY = [route for route in ROUTES if "body" in route.view.__annotations__]


@pytest.mark.parametrize("route", _WITH_BODY, ids=lambda route: f"{route.method} {route.path}")
def test_an_example_of_a_body_can_be_read(route: Route) -> None:
    content = document()["paths"][route.path][route.method.lower()]["requestBody"]["content"]
    shape = route.view.__annotations__["body"]
    msgspec.convert(content["application/json"]["example"], shape)


def test_each_value_of_the_examples_has_its_field() -> None:
    values = json.loads((ROOT / "chalicelib/api/document_examples.json").read_text())
    parameters = {each.part["name"] for each in samples() if "name" in each.part}
    fields = {
        name
        for shape, schema in document()["components"]["schemas"].items()
        for field in schema.get("properties", {})
        for name in (field, f"{shape}.{field}")
    }
    sent = {f"{shape}.{field}" for shape, names in values["sent"].items() for field in names}
    named = values["texts"].keys() | values["numbers"].keys() | values["keys"].keys() | sent
    assert named - fields - parameters == set()
