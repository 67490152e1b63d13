"""Examples of the OpenAPI document, generated from its schemas with the values of `document_examples.json`:

    texts         values of text and enumeration fields, by `Shape.field` or, for all other shapes, by the field
    numbers       values of number fields, by the field
    formats       values of texts, by their format
    media_types   answers that are not JSON, by their media type
    keys          the member of an object with arbitrary members, by the field
    sent          the optional fields in the example of a body, by shape

The example of a body has the required fields and those of `sent`; that of an answer has all fields. A text without
a value here is the name of its field in words.
"""

import json
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

Schema = Mapping[str, Any]

_FILE: Final = Path(__file__).with_suffix(".json")


def add_examples(document: Mapping[str, Any]) -> None:
    """Adds an `example` to required parameters, bodies and answers."""
    schemas = document["components"]["schemas"]
    for operations in document["paths"].values():
        for operation in operations.values():
            for parameter in operation["parameters"]:
                if parameter.get("required"):
                    parameter["example"] = _value(schemas, parameter["schema"], "", parameter["name"])
            for holder in (operation.get("requestBody", {}), *operation["responses"].values()):
                _add(schemas, holder)
    for response in document["components"]["responses"].values():
        _add(schemas, response)


def _add(schemas: Schema, holder: Mapping[str, Any]) -> None:
    for media_type, part in holder.get("content", {}).items():
        if media_type in _values()["media_types"]:
            part["example"] = _values()["media_types"][media_type]
        elif "allOf" in part["schema"]:
            part["example"] = _problem(part["schema"]["allOf"][1]["properties"], holder["description"])
        elif "contentMediaType" not in part["schema"]:
            part["example"] = _value(schemas, part["schema"])


def _problem(fields: Schema, detail: str) -> dict[str, Any]:
    """An example of a problem document. fields: the status and the codes that it can have."""
    status, code = fields["status"]["const"], fields["code"]["enum"][0]
    problem = {"type": f"urn:luckygas:problem:{code}", "title": HTTPStatus(status).phrase}
    return {**problem, "status": status, "detail": detail, "code": code}


def _value(schemas: Schema, schema: Schema, shape: str = "", field: str = "") -> Any:
    """An example of a schema. shape, field: the property that has this schema."""
    if "$ref" in schema:
        shape = schema["$ref"].rpartition("/")[2]
        return _value(schemas, schemas[shape], shape, field)
    if "anyOf" in schema:
        return _value(schemas, schema["anyOf"][0], shape, field)
    if schema.get("type") == "array":
        return [_value(schemas, schema["items"], shape, field)]
    if schema.get("type") == "object":
        return _members(schemas, schema, shape, field)
    return _scalar(schema, shape, field)


def _members(schemas: Schema, schema: Schema, shape: str, field: str) -> dict[str, Any]:
    others = schema.get("additionalProperties")
    if isinstance(others, dict):
        return {_values()["keys"].get(field, "name"): _value(schemas, others, shape, field)}
    fields = schema.get("properties", {})
    # Bodies admit no other members, answers do.
    if others is False:
        sent = {*schema.get("required", ()), *_values()["sent"].get(shape, ())}
        fields = {name: each for name, each in fields.items() if name in sent}
    return {name: _value(schemas, each, shape, name) for name, each in fields.items()}


def _scalar(schema: Schema, shape: str, field: str) -> Any:
    values = _values()
    if "const" in schema:
        return schema["const"]
    own = values["texts"].get(f"{shape}.{field}")
    if "enum" in schema:
        return own or schema["enum"][0]
    if schema["type"] == "boolean":
        return True
    if schema["type"] in ("integer", "number"):
        return values["numbers"].get(field, schema.get("minimum", 1))
    in_words = values["texts"]["id"] if field.endswith("_id") else field.replace("_", " ")
    return own or values["texts"].get(field) or values["formats"].get(schema.get("format", ""), in_words)


@cache
def _values() -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return found
