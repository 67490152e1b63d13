"""Damaged rows: damaged copies of valid rows, and valid rows that are then damaged."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from chalicelib.core import aws
from chalicelib.models.base import Table

Damage = Callable[[dict[str, Any], str], None]

# What `damaged_copies` leaves alone: rows whose numbers are a sequence, and what opens the business.
_NOT_COPIED = frozenset({"channel_log", "event_claims", "tenants"})


def without_it(item: dict[str, Any], name: str) -> None:
    """The attribute is missing."""
    del item[name]


def of_another_type(item: dict[str, Any], name: str) -> None:
    """The attribute has another type."""
    item[name] = {"L": []} if "M" in item[name] else {"M": {}}


def damage_row(model: type[Table], key: Mapping[str, str], damage: Damage = without_it) -> None:
    """Makes a stored row unreadable."""
    damage_item(model, key, damage, _breakable(model))


def damage_item(model: type[Table], key: Mapping[str, str], damage: Damage, name: str) -> None:
    """Damages one attribute of a stored row. key: numbers as text."""
    for item in _items(model):
        if all(value in item[each].values() for each, value in key.items()):
            damage(item, name)
            _put(model, item)
            return
    raise AssertionError(f"no {model.__name__} {key}")


def add_damaged_copies(models: list[type[Table]], damage: Damage) -> set[str]:
    """Puts an unreadable copy before and behind every row, in its table and in its indexes; the tables' names."""
    tables = set()
    for model in models:
        name = _breakable(model)
        if _table(model) in _NOT_COPIED or not name:
            continue
        for item in list(_items(model)):
            for copy in _copies(model, item):
                if name in copy:
                    damage(copy, name)
                    _put(model, copy)
                    tables.add(_table(model))
    return tables


def _copies(model: type[Table], item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    key = str(model._range_keyname or model._hash_keyname)
    ((kind, old),) = item[key].items()
    for new in (f"0{old}", f"{old}-z") if kind == "S" else (f"{old}000",):
        # The keys of the lists' indexes hold the id.
        texts = {name: {"S": value["S"].replace(old, new)} for name, value in item.items() if "S" in value}
        yield {**item, **texts, key: {kind: new}}


def _breakable(model: type[Table]) -> str:
    """A required attribute that is in no key, so that DynamoDB takes a row without it; empty for none.

    The status where there is one: reports read few attributes, that among them.
    """
    keys = {model._hash_keyname, model._range_keyname}
    for index in model._indexes.values():
        keys |= set(index.Meta.attributes)
    names = [name for name, each in model.get_attributes().items() if not each.null and each.default is None]
    return min((name for name in names if name not in keys), key=lambda name: (name != "status", name), default="")


def _table(model: type[Table]) -> str:
    return str(model.Meta.table_name).removeprefix("luckygas-test-")


def _items(model: type[Table]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = aws.client("dynamodb").scan(TableName=str(model.Meta.table_name))["Items"]
    return items


def _put(model: type[Table], item: dict[str, Any]) -> None:
    aws.client("dynamodb").put_item(TableName=str(model.Meta.table_name), Item=item)
