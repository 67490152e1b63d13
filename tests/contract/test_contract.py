"""The API, the messages, the tables and the functions' names equal those stored in this folder."""

import pytest

from tests.contract.contract import CONTRACT, stored, without_texts


@pytest.mark.parametrize("name", CONTRACT)
def test_the_contract_is_unchanged(name: str) -> None:
    assert CONTRACT[name]() == stored(name)


def test_only_sentences_may_change() -> None:
    schema = {"description": {"type": "string"}, "name": {"description": "Of the customer.", "type": "string"}}
    assert without_texts(schema) == {"description": {"type": "string"}, "name": {"type": "string"}}
