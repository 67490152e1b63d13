"""docs/protocol.md lists every message, code and role of the server; its JSON blocks are messages."""

import re
from typing import Any

import pytest

from chalicelib.auth.principal import DISPLAY, GUESTS, ROLES
from chalicelib.realtime.formats import FORMATS
from chalicelib.sockets.answers import ANSWERS
from tests.docs.examples import (
    Example,
    asyncapi,
    asyncapi_examples,
    message_type,
    messages,
    protocol,
    protocol_examples,
    validator,
)
from tests.docs.samples import EVENT_TYPES, sample_message, sample_welcome
from tests.docs.test_asyncapi import message_of

# An edit has no `previous_status`; the sample is a step.
_NOT_LIKE_THE_SAMPLE = {"flatOrderUpdated.edit"}
# The values of these have no keys of their own.
_OPEN = {"cursors", "epochs", "seen"}


def keys(value: Any) -> Any:
    """Which keys a message has, at every depth; channels and values are left out."""
    if isinstance(value, dict):
        return {key: None if key in _OPEN else keys(inner) for key, inner in value.items()}
    if isinstance(value, list) and value:
        return [keys(value[0])]
    return None


def sent_by_the_server() -> dict[str, Any]:
    """The server's messages for the sample events and welcomes, by their name."""
    made: dict[str, Any] = {f"{format_}Welcome": sample_welcome(format_) for format_ in FORMATS}
    for format_ in FORMATS:
        for type_ in EVENT_TYPES:
            # A flat update is shown with the step that it took.
            if (format_, type_) != ("flat", "order_updated") and (name := message_of(type_, format_)):
                made[name] = sample_message(type_, format_)
    return made


def table_after(heading: str) -> list[str]:
    """The code words in the first column of the first table under a heading or sentence."""
    rows = re.findall(r"^\|(.*?)\|", protocol().partition(heading)[2].split("\n\n## ")[0], re.MULTILINE)
    return [word for row in rows for word in re.findall(r"`(\w+)`", row)]


@pytest.mark.parametrize("example", protocol_examples(), ids=lambda example: example.name)
def test_every_example_fits_its_schema_and_holds_nothing_else(example: Example) -> None:
    assert example.message in messages()
    validator(example.message, closed=example.message != "flatCustom").validate(example.payload)


def test_every_type_of_a_message_is_named() -> None:
    types = {type_ for name in messages() if (type_ := message_type(name)) is not None}
    assert {type_ for type_ in types if f"`{type_}`" not in protocol()} == set()


def test_every_message_of_the_server_is_shown_with_the_keys_it_has() -> None:
    made = sent_by_the_server()
    examples = [*asyncapi_examples(), *protocol_examples()]
    shown = [each for each in examples if each.message in made and each.name not in _NOT_LIKE_THE_SAMPLE]
    assert {example.message for example in shown} == made.keys()
    for example in shown:
        assert keys(example.payload) == keys(made[example.message]), example


def test_every_error_code_is_explained() -> None:
    assert table_after("\n## Errors\n") == asyncapi()["components"]["schemas"]["ErrorCode"]["enum"]


def test_every_reason_for_closing_is_explained() -> None:
    closing = messages()["closing"]["payload"]["properties"]["code"]["enum"]
    assert sorted(table_after("\n## Closing\n")) == sorted(closing)


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_the_documented_roles_of_a_message_are_those_that_the_server_checks(name: str) -> None:
    (row,) = re.findall(rf"^\| \[`{re.escape(name)}`\](.*)$", protocol(), re.MULTILINE)
    who = row.split("|")[2].partition(";")[0].strip()
    every = ROLES | GUESTS | {DISPLAY}
    assert (every if who == "every role" else set(re.findall(r"`(\w+)`", who))) == ANSWERS[name].roles
