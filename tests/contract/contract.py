"""The contract with clients, stored rows and deployed stages, as JSON values. A refactoring must not change it.

After a deliberate change, `.venv/bin/python -m tests.contract` writes the stored files again.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import app
from chalicelib.api.document import document
from chalicelib.realtime.formats import FORMATS
from tests.aws_in_process import TABLE_PREFIX
from tests.docs.examples import asyncapi
from tests.docs.samples import EVENT_TYPES, sample_message, sample_welcome
from tests.models.items import models, whole_item

FOLDER: Final = Path(__file__).parent

# Sentences for people; their wording may change.
_TEXTS: Final = ("description", "summary")


def openapi() -> Any:
    """The OpenAPI document without its texts, its examples and its version."""
    found = without_texts(without_examples(document()))
    del found["info"]["version"]
    return found


def realtime_document() -> Any:
    """The AsyncAPI document without its texts."""
    return without_texts(asyncapi())


def messages() -> Any:
    """By format and event type: a whole message. `welcome` is the first message of a connection."""
    return {
        format_: {type_: sample_message(type_, format_) for type_ in EVENT_TYPES}
        | {"welcome": sample_welcome(format_)}
        for format_ in sorted(FORMATS)
    }


def tables() -> Any:
    """By table: every attribute that the code reads or writes, as DynamoDB stores it, and the indexes."""
    found = {
        str(model.Meta.table_name).removeprefix(TABLE_PREFIX): {
            "item": whole_item(model),
            "indexes": sorted(index.Meta.index_name for index in model._indexes.values()),
        }
        for model in models()
    }
    return json.loads(json.dumps(found, default=bytes.decode))


def functions() -> Any:
    """By kind: the names of the functions. Alarms, dashboards and event sources go by them."""
    registered = app.app
    return {
        "events": sorted(each.name for each in registered.event_sources),
        "pure": sorted(each.name for each in registered.pure_lambda_functions),
        "websocket": sorted(each.name for each in registered.websocket_handlers.values()),
    }


CONTRACT: Final[Mapping[str, Callable[[], Any]]] = {
    "openapi": openapi,
    "asyncapi": realtime_document,
    "messages": messages,
    "tables": tables,
    "functions": functions,
}


def stored(name: str) -> Any:
    """The stored part of the contract of this name."""
    return json.loads(path_of(name).read_text())


def differences(old: Any, new: Any, place: str = "") -> Iterator[str]:
    """The places, such as `customers/item/name`, at which two JSON values differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in old.keys() | new.keys():
            if key in old and key in new:
                yield from differences(old[key], new[key], f"{place}/{key}")
            else:
                yield f"{place}/{key}".lstrip("/")
    elif old != new:
        yield place.lstrip("/")


def path_of(name: str) -> Path:
    return FOLDER / f"{name}.json"


def without_texts(node: Any) -> Any:
    """The document without its texts. A property that is called `description` stays: it has a schema, no text."""
    if isinstance(node, list):
        return [without_texts(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        name: without_texts(each) for name, each in node.items() if name not in _TEXTS or not isinstance(each, str)
    }


def without_examples(node: Any) -> Any:
    """The document without the examples beside schemas. A property that is called `example` stays."""
    if isinstance(node, list):
        return [without_examples(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        name: without_examples(each) for name, each in node.items() if name != "example" or "schema" not in node
    }


def write() -> None:
    """Stores the contract as the code has it now, one line for each operation, schema or attribute of a table."""
    for name, generate in CONTRACT.items():
        path_of(name).write_text(f"{_lines(generate())}\n")


def _lines(node: Any, depth: int = 3) -> str:
    """JSON with a line for each entry of the outer dicts."""
    if not isinstance(node, dict) or not depth:
        return json.dumps(node, ensure_ascii=False, sort_keys=True)
    entries = (f"{json.dumps(key, ensure_ascii=False)}: {_lines(node[key], depth - 1)}" for key in sorted(node))
    return "{\n" + ",\n".join(entries) + "\n}"
