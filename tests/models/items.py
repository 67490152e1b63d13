"""Every model, and a complete raw item of each, generated from the model's attributes."""

from importlib import import_module
from pathlib import Path
from typing import Any

from pynamodb.attributes import Attribute, AttributeContainer, ListAttribute, MapAttribute

import chalicelib.models
from chalicelib.models.base import Table

_VALUES: dict[str, Any] = {"S": "word", "N": "7", "BOOL": True, "B": b"bytes", "SS": ["word"]}


def models() -> list[type[Table]]:
    """All models, by their names."""
    for path in sorted(Path(chalicelib.models.__path__[0]).glob("*.py")):
        import_module(f"chalicelib.models.{path.stem}")
    ours = [model for model in Table.__subclasses__() if model.__module__.startswith("chalicelib.")]
    return sorted(ours, key=lambda model: model.__name__)


def whole_item(container: type[AttributeContainer]) -> dict[str, Any]:
    """An item with every attribute, one element in every list."""
    return {attribute.attr_name: _value(attribute) for attribute in container.get_attributes().values()}


def _value(attribute: Attribute[Any]) -> dict[str, Any]:
    if isinstance(attribute, MapAttribute):
        return {"M": whole_item(type(attribute))}
    if isinstance(attribute, ListAttribute):
        of = attribute.element_type
        return {"L": [{"M": whole_item(of)}] if of and issubclass(of, MapAttribute) else [{"S": "word"}]}
    return {attribute.attr_type: _VALUES[attribute.attr_type]}


def required(container: type[AttributeContainer]) -> list[str]:
    """Dotted paths of what an item must have, `items.*.name` for what each element of a list must have."""
    paths: list[str] = []
    for name, attribute in sorted(container.get_attributes().items()):
        if not attribute.null and attribute.default is None:
            paths.append(name)
        if isinstance(attribute, MapAttribute):
            paths += [f"{name}.{path}" for path in required(type(attribute))]
        if isinstance(attribute, ListAttribute):
            of = attribute.element_type
            if of is not None and issubclass(of, MapAttribute):
                paths += [f"{name}.*.{path}" for path in required(of)]
    return paths


def without(item: dict[str, Any], path: str) -> dict[str, Any]:
    """The item with one attribute removed, in the first element where the path leads through a list."""
    place = item
    *parents, name = path.split(".")
    for parent in parents:
        place = place["L"][0]["M"] if parent == "*" else place[parent]
        place = place.get("M", place)
    del place[name]
    return item
