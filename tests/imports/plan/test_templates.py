"""Recurring orders of the replaced system: matched by their old ids, and making orders from their next date on."""

import datetime as dt
from typing import Any

import pytest

from chalicelib.core.clock import local_date, now
from chalicelib.models.order import Order
from chalicelib.models.order_template import OrderTemplate
from tests.calls import counted_calls
from tests.factories import Business, product
from tests.imports.files import checked, committed, csv_file, reported
from tests.world import World

HEADER = (
    *("id", "customer_id", "product_name", "quantity", "frequency", "every_days"),
    *("next_date", "end_date", "is_active", "notes"),
)


def day(days: int) -> str:
    return (local_date(now(), "Asia/Taipei") + dt.timedelta(days=days)).isoformat()


def row(number: int = 1, /, **values: str) -> dict[str, str]:
    """A recurring order of two cylinders every ten days, from in three days on."""
    usual = (f"{number}", "c1", "20公斤瓦斯桶", "2", "days", "10", day(3), "", "t", "後門")
    return {**dict(zip(HEADER, usual, strict=True)), **values}


def file(*rows: dict[str, str]) -> bytes:
    return csv_file(list(rows[0]), *(list(each.values()) for each in rows))


@pytest.fixture
def moved(world: World, gas: Business) -> Business:
    """A business whose customers have been brought in: one active, one suspended, one without an address."""
    header = ("id", "name", "phone", "address", "active")
    rows = (
        ("c1", "陳小姐", "0922000001", "台北市中山區1號", "t"),
        ("c2", "停用", "0922000002", "台北市中山區2號", "f"),
        ("c3", "沒地址", "0922000003", "", "t"),
    )
    committed(world, gas.staff, "customers", csv_file(header, *rows), source="old")
    return gas


def bring(world: World, gas: Business, *rows: dict[str, str]) -> dict[str, Any]:
    return committed(world, gas.staff, "templates", file(*rows), source="old")


def templates(gas: Business) -> list[OrderTemplate]:
    return list(OrderTemplate.query(gas.tenant.id))


def rows_of(found: dict[str, Any]) -> dict[str, int]:
    return {name: n for name, n in found["rows"].items() if n and name not in ("total", "checked", "written")}


def test_a_template_comes_in_and_orders_from_its_next_date_on(world: World, moved: Business) -> None:
    found = bring(world, moved, row())
    assert (rows_of(found), found["unused"]) == ({"created": 1}, [])
    [template] = world.api.get("/v1/order-templates", as_=moved.staff).body["items"]
    assert (template["status"], template["next_date"], template["rule"]) == ("active", day(3), {"every_days": 10})
    assert template["items"] == [{"product_id": moved.products[0].id, "quantity": 2}]
    preview = world.api.get(f"/v1/order-templates/{template['id']}/preview", as_=moved.staff).body["items"]
    assert [each["due_date"] for each in preview[:2]] == [day(3), day(13)]
    assert world.create_due_orders(now() + dt.timedelta(days=2)) == {}
    assert world.create_due_orders(now() + dt.timedelta(days=3)) == {"made": 1}
    [order] = Order.query(moved.tenant.id)
    assert (order.scheduled_date, order.customer_name, order.notes, order.template_id) == (
        day(3),
        "陳小姐",
        "後門",
        template["id"],
    )


def test_chinese_headers_and_several_lines_in_big5(world: World, moved: Business) -> None:
    header = ("編號", "客戶編號", "明細", "週期", "星期", "下次配送日期", "狀態", "付款方式", "備註")
    lines = '[{"name": "20公斤瓦斯桶", "quantity": 1}, {"name": "16公斤瓦斯桶", "quantity": 2}]'
    content = csv_file(
        header, ("T-1", "c1", lines, "每週", "一、四", day(1), "啟用", "現金", "按鈴"), encoding="cp950"
    )
    found = committed(world, moved.staff, "templates", content, source="old")
    assert (found["encoding"], found["unused"], rows_of(found)) == ("big5", [], {"created": 1})
    [template] = templates(moved)
    assert template.rule == '{"every_weeks":1,"weekdays":["mon","thu"]}'
    assert [(item.product_id, item.quantity) for item in template.items] == [
        (moved.products[0].id, 1),
        (moved.products[1].id, 2),
    ]
    assert (template.payment_method, template.notes) == ("cash", "按鈴")


@pytest.mark.parametrize(
    ("values", "status", "next_date"),
    [
        ({"is_active": "f"}, "paused", day(3)),
        ({"is_active": "f", "customer_id": "c2"}, "paused", day(3)),
        ({"next_date": day(-5)}, "active", day(5)),
        ({"next_date": day(-500)}, "active", day(0)),
        ({"next_date": ""}, "active", day(0)),
        ({"end_date": day(-1)}, "ended", None),
        ({"end_date": day(2)}, "ended", None),
        ({"customer_id": "c2", "end_date": day(-1)}, "ended", None),
    ],
)
def test_paused_late_and_ended_templates_are_imported_as_such(
    world: World, moved: Business, values: dict[str, str], status: str, next_date: str | None
) -> None:
    assert rows_of(bring(world, moved, row(**values))) == {"created": 1}
    [template] = templates(moved)
    assert (template.status, template.next_date) == (status, next_date)
    assert (template.due_at is not None) == (status == "active")


def test_a_paused_imported_rule_can_be_resumed(world: World, moved: Business) -> None:
    bring(world, moved, row(is_active="f"))
    [template] = templates(moved)
    path = f"/v1/order-templates/{template.id}"
    answer = world.api.patch(path, {"status": "active"}, as_=moved.staff)
    assert (answer.status, answer.body["next_date"]) == (200, day(3))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"customer_id": "nobody"}, "customer_id"),
        ({"customer_id": ""}, "customer_id"),
        ({"customer_id": "c2"}, "customer_id"),
        ({"customer_id": "c3"}, "customer_id"),
        ({"product_name": "不在目錄"}, "item"),
        ({"product_name": "停售"}, "item"),
        ({"quantity": "0"}, "quantity"),
        ({"every_days": "400"}, "every_days"),
        ({"next_date": day(400)}, "next_date"),
        ({"frequency": "monthly"}, "frequency"),
        ({"id": ""}, "external_id"),
        ({"id": "x" * 101}, "external_id"),
        ({"notes": "\x01"}, "notes"),
    ],
)
def test_a_template_that_cannot_be_holds_up_the_whole_file(
    world: World, moved: Business, values: dict[str, str], field: str
) -> None:
    product(moved.tenant, "停售", "1", status="suspended")
    found = checked(world, moved.staff, "templates", file(row(1), row(2, **values)), source="old")
    [line] = reported(world.api, moved.staff, found["id"], only="errors")
    assert (line["row"], {error["field"] for error in line["errors"]}) == (3, {field})
    answer = world.api.post(f"/v1/imports/{found['id']}/commit", as_=moved.staff)
    assert (answer.status, answer.body["code"]) == (409, "import_has_errors")
    assert templates(moved) == []


def test_the_same_file_again_changes_nothing_and_a_newer_one_only_rules_without_orders(
    world: World, moved: Business
) -> None:
    bring(world, moved, row(1), row(2, next_date=day(0)))
    assert rows_of(bring(world, moved, row(1), row(2, next_date=day(0)))) == {"unchanged": 2}
    assert world.create_due_orders(now()) == {"made": 1}
    newer = bring(world, moved, row(1, every_days="7", quantity="3"), row(2, next_date=day(0), every_days="7"))
    assert rows_of(newer) == {"updated": 1, "skipped": 1}
    report = reported(world.api, moved.staff, newer["id"])
    assert report[0]["changed"] == ["items", "rule"]
    assert "changed here" in report[1]["note"], "it would order anew what it has ordered"
    assert sorted(template.rule for template in templates(moved)) == ['{"every_days":10}', '{"every_days":7}']
    assert world.create_due_orders(now()) == {}


def test_a_file_is_looked_up_in_calls_that_do_not_grow_with_it(world: World, moved: Business) -> None:
    def calls(rows: int) -> int:
        with counted_calls() as counted:
            content = file(*(row(n, frequency="consumption") for n in range(rows)))
            checked(world, moved.staff, "templates", content, source="old")
        return counted.total()

    # A batch of the report's lines is one call.
    assert calls(40) <= calls(10) + 2
