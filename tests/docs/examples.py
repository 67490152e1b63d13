"""The schemas, examples and client messages of docs/asyncapi.yaml and docs/protocol.md, for tests."""

import json
import re
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml
from jsonschema import Draft7Validator

DOCS: Final = Path(__file__).parents[2] / "docs"

# The word after ```json is the message's name in asyncapi.yaml; it does not show on the page.
_JSON_BLOCK = re.compile(r"^```json(?: (\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Example(NamedTuple):
    """A message as a document shows it. message: its name in asyncapi.yaml. name: tells examples of one apart."""

    name: str
    message: str
    payload: dict[str, Any]


class ClientExample(NamedTuple):
    """The messages of clients, each with the `type` of its answer. Ids are from tests/docs/samples.py."""

    name: str
    payload: dict[str, Any]
    answer_type: str


@cache
def asyncapi() -> dict[str, Any]:
    """docs/asyncapi.yaml; shared, so not to be changed."""
    document: dict[str, Any] = yaml.safe_load((DOCS / "asyncapi.yaml").read_text())
    return document


@cache
def protocol() -> str:
    return (DOCS / "protocol.md").read_text()


def messages() -> dict[str, Any]:
    """The messages of asyncapi.yaml by name."""
    found: dict[str, Any] = asyncapi()["components"]["messages"]
    return found


def asyncapi_examples() -> list[Example]:
    return [
        Example(f"{name}.{example['name']}", name, example["payload"])
        for name, message in messages().items()
        for example in message["examples"]
    ]


def protocol_examples() -> list[Example]:
    """The JSON blocks of protocol.md. Raises AssertionError for one that does not say which message it is."""
    found = []
    for block in _JSON_BLOCK.finditer(protocol()):
        line = protocol()[: block.start()].count("\n") + 1
        assert block[1], f"protocol.md:{line}: a JSON block without the name of its message"
        found.append(Example(f"line {line}", block[1], json.loads(block[2])))
    return found


def client_examples() -> list[ClientExample]:
    """All client messages in both documents, with the first answer in asyncapi.yaml."""
    answers: dict[str, str] = {}
    for operation in asyncapi()["operations"].values():
        if operation["action"] == "receive":
            (sent,) = operation["messages"]
            answers[_name(sent)] = message_type(_name(operation["reply"]["messages"][0])) or ""
    return [
        ClientExample(f"{example.message} {example.name}", example.payload, answers[example.message])
        for example in [*asyncapi_examples(), *protocol_examples()]
        if example.message in answers
    ]


def message_type(name: str) -> str | None:
    """The `type` of a message; None if it may have several."""
    constant: str | None = messages()[name]["payload"]["properties"]["type"].get("const")
    return constant


def validator(name: str, *, closed: bool = False) -> Draft7Validator:
    """The validator of a message's payload. closed: refuses also keys that are not in the schema."""
    schema = _closed(messages()[name]["payload"]) if closed else messages()[name]["payload"]
    schemas = asyncapi()["components"]["schemas"]
    return Draft7Validator(
        {**schema, "components": {"schemas": _closed(schemas) if closed else schemas}},
    )


def _closed(schema: Any) -> Any:
    """The schema with every object closed that says which keys it has."""
    schema = deepcopy(schema)
    stack = [schema]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            if "properties" in node and isinstance(node.get("type"), str | list):
                node.setdefault("additionalProperties", False)
            stack += node.values()
        elif isinstance(node, list):
            stack += node
    return schema


def _name(reference: dict[str, str]) -> str:
    return reference["$ref"].rpartition("/")[2]
