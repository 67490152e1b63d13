"""A new attribute must be optional, because rows and functions of two versions exist at the same time."""

import json
from pathlib import Path

import pytest
from pynamodb.attributes import AttributeContainer, MapAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table
from tests.models.items import models, required

_KNOWN: dict[str, list[str]] = json.loads((Path(__file__).parent / "required_attributes.json").read_text())

_WHY = """{table}: {paths} became required.
While a version is deployed, and after it is rolled back, functions of the version before write rows without it.
Rows that are stored already never get it. Such rows are unreadable: lists leave them out, streams set them aside.
Give it `null=True`, or a `default`, and say in the code what a row without it means."""

_NEW_TABLE = """{table} is new. Its first attributes may be required.
Add them to tests/models/required_attributes.json, so that later ones are not:
{entry}"""


@pytest.mark.parametrize("model", models(), ids=lambda model: str(model.__name__))
def test_a_model_gains_no_required_attribute(model: type[Table]) -> None:
    table = model.__name__
    entry = json.dumps({table: required(model)}, indent=1)
    assert table in _KNOWN, _NEW_TABLE.format(table=table, entry=entry)
    gained = gained_by(model, _KNOWN[table])
    assert not gained, _WHY.format(table=table, paths=", ".join(gained))


def test_new_attributes_and_maps_are_distinguished_from_newly_required_ones() -> None:
    class Place(MapAttribute[str, str]):
        floor = UnicodeAttribute()
        door = UnicodeAttribute()

    class Row(AttributeContainer):
        name = UnicodeAttribute()
        weight = NumberAttribute()
        note = UnicodeAttribute(null=True)
        size = NumberAttribute(default=1)
        place = Place(null=True)

    assert gained_by(Row, ["name"]) == ["weight"]
    assert gained_by(Row, ["name", "weight", "place.floor"]) == ["place.door"]
    assert gained_by(Row, ["name", "weight", "place.floor", "place.door", "removed"]) == []


def gained_by(model: type[AttributeContainer], known: list[str]) -> list[str]:
    """What an item needs now and did not; the members of a map that is new itself may all be needed."""
    maps = {path.rpartition(".")[0] for path in known} | {""}
    return [path for path in required(model) if path not in known and path.rpartition(".")[0] in maps]
