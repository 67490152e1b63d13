"""Tenants and their required fields."""

from typing import Any

import pytest

from chalicelib.core.errors import Conflict, Invalid, NotFound
from chalicelib.tenants.tenants import create_tenant, get_tenant


def test_a_tenants_defaults_are_taiwanese(aws: object) -> None:
    made = create_tenant("幸福瓦斯", "delivery")

    found = get_tenant(made.id)

    assert (found.name, found.kind, found.status) == ("幸福瓦斯", "delivery", "active")
    assert (found.time_zone, found.currency) == ("Asia/Taipei", "TWD")


def test_a_tenant_may_be_elsewhere(aws: object) -> None:
    made = create_tenant("Sushi", "table", time_zone="Asia/Tokyo", currency="JPY", tenant_id="sushi")

    assert get_tenant("sushi").to_simple_dict() == made.to_simple_dict()


def test_an_id_is_given_once(aws: object) -> None:
    create_tenant("first", "table", tenant_id="sushi")

    with pytest.raises(Conflict):
        create_tenant("second", "table", tenant_id="sushi")

    assert get_tenant("sushi").name == "first"


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("name", {"name": "  "}),
        ("kind", {"kind": "bakery"}),
        ("time_zone", {"time_zone": "Asia/Atlantis"}),
        ("time_zone", {"time_zone": "../../etc/passwd"}),
        ("time_zone", {"time_zone": ""}),
        ("currency", {"currency": "twd"}),
        ("currency", {"currency": "DOLLARS"}),
    ],
)
def test_invalid_values_of_a_tenant_are_refused(field: str, given: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        create_tenant(**{"name": "幸福瓦斯", "kind": "delivery"} | given)

    assert refused.value.extra["errors"][0]["field"] == field


def test_a_tenant_that_is_not_there_is_not_found(aws: object) -> None:
    with pytest.raises(NotFound):
        get_tenant("nowhere")
