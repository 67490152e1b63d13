"""The lists of each table's attributes, and exports by them. Generated from the models."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pynamodb.attributes import Attribute, AttributeContainer, ListAttribute, MapAttribute

from chalicelib import models
from chalicelib.models.base import Table
from infra.ops.export_tenant import exported
from infra.ops.stored import TABLES, Stored
from tests.aws_in_process import resources


def stored_models() -> dict[str, type[Table]]:
    """All models by the name of their table, without the prefix."""
    for module in pkgutil.iter_modules(models.__path__):
        importlib.import_module(f"{models.__name__}.{module.name}")
    return {vars(model.Meta)["table_name"].name: model for model in Table.__subclasses__()}


def attribute_paths(model: type[AttributeContainer], prefix: str = "") -> Iterator[str]:
    """The names of a model's attributes, the parts of maps and of lists of maps with a dot."""
    for name, attribute in model.get_attributes().items():
        inner = _map_of(attribute)
        if inner is not None and inner.get_attributes():
            yield from attribute_paths(inner, f"{prefix}{name}.")
        else:
            yield prefix + name


def _map_of(attribute: Attribute[Any]) -> type[MapAttribute[Any, Any]] | None:
    if isinstance(attribute, MapAttribute):
        return type(attribute)
    if isinstance(attribute, ListAttribute):
        element = attribute.element_type
        return element if element is not None and issubclass(element, MapAttribute) else None
    return None


MODELS = stored_models()

# A new attribute that is called like one of these is `live`, or is added below with the reason why it opens
# nothing.
OPENS_SOMETHING = re.compile(r"hash|secret|seal|token|totp|signature|password|recovery|(^|_|\.)(pin|code|key)$")
OPENS_NOTHING = {
    "announcements": "",
    "connections": "token_expires_at",  # when it ends
    "counters": "key",  # tenant and name of a number
    "customers": "external_key",  # the id in another system
    "deliveries": "day_key driver_key outcome_key proof.picture_key",  # of indexes and in S3
    "display_tokens": "token_expires_at",
    "channel_log": "channel_key",
    "driver_tracks": "track_key",
    "event_claims": "event_key",
    "external_keys": "key",
    "idempotency": "key request_hash",  # the answer also needs the caller's sign-in
    "import_rows": "import_key",
    "notification_history": "status_key idempotency_key",  # the row's own id
    "order_templates": "problem.code",  # an error's code
    "orders": "proof.picture_key day_key status_key customer_key driver_key",
    "rate_limits": "key",  # not exported
    "read_cursors": "user_key",
    "routes": "day_key driver_key",
    "sms_templates": "key",  # status and language
    "subscriptions": "channel_key",
    "template_orders": "template_key date_key",
    "users": "password_initial totp_step",  # whether another person chose it; the last one that was used
}


def names(*lists: str) -> list[str]:
    return " ".join(lists).split()


def test_every_table_of_the_template_has_a_model_and_is_described() -> None:
    tables = [each["Properties"] for each in resources().values() if each.get("Type") == "AWS::DynamoDB::Table"]
    deployed = {each["TableName"]["Fn::Sub"].removeprefix("luckygas-${Stage}-") for each in tables}
    assert set(MODELS) == deployed
    assert set(TABLES) == deployed


@pytest.mark.parametrize("table", sorted(MODELS))
def test_every_attribute_is_plain_personal_or_live_and_only_one_of_these(table: str) -> None:
    stored = TABLES[table]
    described = names(stored.plain, stored.personal, stored.live)
    attributes = set(attribute_paths(MODELS[table]))
    listed = f"infra/ops/stored.py, table {table}:"
    assert attributes - set(described) == set(), f"{listed} list these as plain, personal or live"
    assert set(described) - attributes == set(), f"{listed} remove these, the model has none of them"
    assert len(described) == len(attributes), f"{listed} an attribute is listed twice"


@pytest.mark.parametrize("table", sorted(MODELS))
def test_attributes_named_like_a_code_are_not_exported(table: str) -> None:
    suspicious = {path for path in attribute_paths(MODELS[table]) if OPENS_SOMETHING.search(path)}
    assert suspicious - set(names(OPENS_NOTHING.get(table, ""))) == set(names(TABLES[table].live)) & suspicious


@pytest.mark.parametrize("table", sorted(name for name, stored in TABLES.items() if stored.in_export))
def test_an_exported_row_has_all_attributes_but_the_live_ones(table: str) -> None:
    paths = list(attribute_paths(MODELS[table]))
    row = {**nested(paths), "write_id": "of no model"}
    stored = TABLES[table]
    found = exported(row, names(stored.plain, stored.personal))
    missing = set(paths) - set(names(stored.live)) - set(leaves(found))
    assert missing == set(), f"infra/ops/stored.py, table {table}: list these as plain, personal or live"
    assert sorted(leaves(found)) == sorted(set(paths) - set(names(stored.live)))


def test_the_codes_of_links_in_a_text_are_masked() -> None:
    content = "追蹤 https://gas.example/api/v1/l/aB3dE5fG7hJ9，謝謝"
    row = exported({"content": content, "dates": [content]}, ["content", "dates"])
    assert row["content"] == "追蹤 https://gas.example/api/v1/l/…，謝謝"
    assert row["dates"] == [row["content"]]


def test_an_attribute_that_no_list_names_is_not_exported() -> None:
    items = [{"name": "20 kg", "voucher": "live"}]
    assert exported({"items": items, "totp": "live"}, names(Stored("", "items.name").plain)) == {
        "items": [{"name": "20 kg"}]
    }


def nested(paths: list[str]) -> dict[str, Any]:
    """A row in which each attribute has its own path as its value; maps in lists of one where a model has them."""
    row: dict[str, Any] = {}
    for path in paths:
        *outer, last = path.split(".")
        place = row
        for name in outer:
            place = place.setdefault(name, {})
        place[last] = path
    return row


def leaves(row: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for value in row.values():
        found += leaves(value) if isinstance(value, dict) else [value]
    return found
