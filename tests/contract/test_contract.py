"""The API, the messages, the tables and the functions' names equal those stored in this folder."""

import pytest

from tests.contract.contract import CONTRACT, differences, stored, without_texts


@pytest.mark.parametrize("name", CONTRACT)
def test_the_contract_is_unchanged(name: str) -> None:
    changed = sorted(differences(stored(name), CONTRACT[name]()))
    assert not changed, (
        f"the contract {name} changed at {', '.join(changed[:5])}{', …' if changed[5:] else ''}. "
        "If older clients and rows still fit, `.venv/bin/python -m tests.contract` stores it"
    )


def test_a_difference_is_named_by_its_place() -> None:
    old = {"customers": {"item": {"name": "word", "notes": "word"}}, "orders": ["a"]}
    new = {"customers": {"item": {"name": "word", "notes": 7, "floor": "word"}}, "orders": ["b"]}
    assert sorted(differences(old, new)) == ["customers/item/floor", "customers/item/notes", "orders"]
    assert list(differences(old, old)) == []


def test_only_sentences_may_change() -> None:
    schema = {"description": {"type": "string"}, "name": {"description": "Of the customer.", "type": "string"}}
    assert without_texts(schema) == {"description": {"type": "string"}, "name": {"type": "string"}}
