from typing import Any

import pytest

from chalicelib.models.base import Table
from chalicelib.models.login_name import LoginName
from chalicelib.models.order import Order
from chalicelib.models.parsing import Unreadable
from chalicelib.models.product import Product
from tests.models.items import models, required, whole_item, without

REQUIRED = [(model, path) for model in models() for path in required(model)]


def ids(value: Any) -> str:
    return value if isinstance(value, str) else str(value.__name__)


@pytest.mark.parametrize("model", models(), ids=ids)
def test_a_whole_item_of_every_model_is_read(model: type[Table]) -> None:
    row = model.parse(whole_item(model))

    assert row.attribute_values.keys() == model.get_attributes().keys()


@pytest.mark.parametrize(("model", "path"), REQUIRED, ids=ids)
def test_an_item_without_a_required_attribute_is_refused_by_its_name(model: type[Table], path: str) -> None:
    with pytest.raises(Unreadable) as refused:
        model.parse(without(whole_item(model), path))

    assert refused.value.reason == f"missing: {path.replace('*', '0')}"


@pytest.mark.parametrize(
    ("model", "name"), [(model, name) for model in models() for name in model.get_attributes()], ids=ids
)
def test_an_item_with_an_attribute_of_another_type_is_refused_by_its_name(model: type[Table], name: str) -> None:
    item = whole_item(model)
    item[name] = {"BOOL": True} if "BOOL" not in item[name] else {"S": "true"}

    with pytest.raises(Unreadable) as refused:
        model.parse(item)

    assert refused.value.reason == f"wrong type: {name}"


@pytest.mark.parametrize(
    ("list_name", "element", "reason"),
    [
        ("items", {"S": "two cylinders"}, "wrong type: items.0"),
        ("items", {"NULL": True}, "missing: items.0"),
        (
            "history",
            {"M": {"status": {"N": "1"}, "by": {"S": "u"}}},
            "missing: history.0.at; wrong type: history.0.status",
        ),
    ],
)
def test_an_element_of_a_list_that_is_no_whole_map_is_refused(
    list_name: str, element: dict[str, Any], reason: str
) -> None:
    item = whole_item(Order)
    item[list_name] = {"L": [element]}

    with pytest.raises(Unreadable) as refused:
        Order.parse(item)

    assert refused.value.reason == reason


def test_a_value_that_cannot_be_decoded_is_a_wrong_type() -> None:
    item = whole_item(Order)
    item["total_price"] = {"N": "dear"}

    with pytest.raises(Unreadable) as refused:
        Order.parse(item)

    assert refused.value.reason == "wrong type: total_price"


def test_a_required_attribute_that_is_null_counts_as_missing() -> None:
    with pytest.raises(Unreadable, match="missing: kind"):
        Order.parse({**whole_item(Order), "kind": {"NULL": True}})


def test_attributes_with_a_default_or_null_may_be_missing() -> None:
    item = whole_item(Product)
    del item["available"], item["position"]

    assert Product.parse(item).available is True


def test_the_error_names_the_table_and_the_key_and_no_value() -> None:
    item = {**whole_item(Order), "tenant_id": {"S": "t1"}, "id": {"S": "o1"}, "customer_name": {"N": "42"}}

    with pytest.raises(Unreadable) as refused:
        Order.parse(item)

    assert (refused.value.table, refused.value.key) == ("orders", {"tenant_id": "t1", "id": "o1"})
    assert "42" not in str(refused.value)


def test_a_key_that_names_a_person_is_not_in_the_error() -> None:
    with pytest.raises(Unreadable) as refused:
        LoginName.parse({"username": {"S": "mei@example.com"}, "tenant_id": {"N": "1"}})

    assert refused.value.key == {}
    assert "mei" not in str(refused.value)
