"""Words that identify a person in a text are found in any spelling, and no other words."""

import pytest

from infra.ops.forgetting.words import NAME, Words

WORDS = Words(
    phones=["+886987654321", "+886287654321"], mails=["ouyang@example.com"], names=["歐陽曉明", "Mei", "王", NAME]
)


@pytest.mark.parametrize(
    "typed",
    [
        "0987654321",
        "0987-654-321",
        "+886 987 654 321",
        "０９８７－６５４－３２１",
        "(02) 8765-4321",
        "Ouyang@Example.com",
    ],
)
def test_numbers_and_addresses_are_masked_in_any_text(typed: str) -> None:
    assert WORDS.masked(f"找 {typed}，謝謝", names=False) == f"找 {NAME}，謝謝"


@pytest.mark.parametrize("text", ["10987654321", "09876543210", "ORD-261130120000-A1B2"])
def test_parts_of_longer_numbers_are_not(text: str) -> None:
    assert WORDS.masked(text, names=False) == text


def test_names_are_masked_only_where_the_text_is_about_the_person() -> None:
    text = "歐陽曉明，您好。Mei, Meinong, 王小姐"
    assert WORDS.masked(text, names=False) == text
    assert WORDS.masked(text, names=True) == f"{NAME}，您好。{NAME}, Meinong, 王小姐"


def test_every_text_of_a_value_is_masked_and_nothing_else_changes() -> None:
    value = {"message": "歐陽曉明", "at": 1, "more": [None, True, {"to": "0987654321"}]}
    assert WORDS.masked(value, names=True) == {"message": NAME, "at": 1, "more": [None, True, {"to": NAME}]}


def test_a_person_without_any_word_changes_nothing() -> None:
    assert Words(phones=[], mails=[], names=[]).masked("歐陽曉明", names=True) == "歐陽曉明"
