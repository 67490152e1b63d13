"""Which roles receive a property, in the OpenAPI document: a sentence and `x-audiences`.

Only for properties that some role receiving the shape over REST does not receive.
"""

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from chalicelib.api.http import Route
from chalicelib.auth.audiences import ANSWERS, KEYS_STAY, OFFICE, Field, Shape
from chalicelib.auth.principal import GUESTS, STAFF

Schemas = Mapping[str, dict[str, Any]]


def describe_audiences(schemas: Schemas, routes: Iterable[Route]) -> None:
    """Adds both to the schemas that roles other than staff receive. schemas: by name."""
    found: dict[str, tuple[Shape, frozenset[str]]] = {}
    for route in routes:
        readers = (route.roles or frozenset()) - STAFF
        [answered] = get_args(route.view.__annotations__["return"])
        # For a page, the shape of its items counts.
        name = getattr((get_args(answered) or (answered,))[0], "__name__", "")
        if readers and name in ANSWERS:
            _collect(schemas, name, ANSWERS[name], readers, found)
    for name, (shape, readers) in found.items():
        for key, member in schemas[name]["properties"].items():
            field = shape[key]
            if readers - field.to or (field.under_way and readers & GUESTS):
                member["x-audiences"] = [OFFICE, *sorted(readers & field.to)]
                member["description"] = _sentence(field, readers)


def _collect(
    schemas: Schemas,
    name: str,
    shape: Shape,
    readers: frozenset[str],
    found: dict[str, tuple[Shape, frozenset[str]]],
) -> None:
    """Adds to `found` the shape and the readers of a schema and of the schemas that it refers to.

    Raises LookupError for a property of which the table of audiences says nothing.
    """
    if missing := sorted(schemas[name]["properties"].keys() - shape.keys()):
        raise LookupError(f"chalicelib/auth/audiences.py does not say who receives {', '.join(missing)} of {name}")
    found[name] = shape, readers | found.get(name, (shape, frozenset()))[1]
    for key, member in schemas[name]["properties"].items():
        inner = shape[key].shape
        for each in (member, member.get("items", {}), *member.get("anyOf", ())):
            if inner is not None and "$ref" in each:
                _collect(schemas, each["$ref"].rpartition("/")[2], inner, readers & shape[key].to, found)


def _sentence(field: Field, readers: frozenset[str]) -> str:
    received = f"For {', '.join([OFFICE, *sorted(readers & field.to)])}"
    others = readers - field.to
    hidden = (("null", others & KEYS_STAY), ("absent", others - KEYS_STAY))
    parts = [f"{what} for {', '.join(sorted(audiences))}" for what, audiences in hidden if audiences]
    if field.under_way:
        parts.append("null for guests unless the driver is on the way")
    return f"{'; '.join([received, *parts])}."
