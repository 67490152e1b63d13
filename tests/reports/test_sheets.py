"""Reports as CSV for spreadsheets."""

import pytest

from chalicelib.reports.sheets import safe, sheet
from tests.api_client import ApiClient
from tests.factories import Business
from tests.reports.figures import DAY, NEXT, RANGE, order, rows_of, text


def test_a_spreadsheet_gets_chinese_headers_a_name_and_the_same_figures(api: ApiClient, gas: Business) -> None:
    order(api, gas, driver_id=gas.driver.id)
    text(gas, "2026-11-22T04:00:00.000Z", "sent")
    rows, headers = rows_of(api, gas, "sales", RANGE)
    assert rows == [
        ["日期", "商品編號", "商品", "數量", "金額", "幣別"],
        [DAY, gas.products[0].id, "20公斤瓦斯桶", "2", "1440", "TWD"],
    ]
    assert headers["Content-Type"] == "text/csv; charset=utf-8"
    assert headers["Content-Disposition"] == f'attachment; filename="sales-{DAY}-{NEXT}.csv"'
    rows, _ = rows_of(api, gas, "orders-by-status", RANGE)
    assert rows[0][:3] == ["日期", "訂單數", "待確認"]
    assert rows[1][:2] == [DAY, "1"]
    rows, _ = rows_of(api, gas, "drivers", RANGE)
    assert rows[1] == [gas.driver.id, "陳大明", "1", "1", "0", "2"]
    rows, _ = rows_of(api, gas, "notifications", RANGE)
    assert rows[1] == [DAY, "1", "0", "0", "0", "0", "1.0"]
    assert rows[2][-1] == ""
    rows, headers = rows_of(api, gas, "daily", {"date": DAY})
    assert dict(zip(*rows, strict=True))["營業額"] == "1440"
    assert headers["Content-Disposition"] == f'attachment; filename="daily-{DAY}.csv"'


@pytest.mark.parametrize("beginning", ["=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋"])
def test_no_cell_is_a_formula(api: ApiClient, gas: Business, beginning: str) -> None:
    assert safe(f"{beginning}1+1") == f"'{beginning}1+1"
    assert safe(-5) == -5
    assert safe("瓦斯=1") == "瓦斯=1"


def test_a_product_named_like_a_formula_is_text_in_the_spreadsheet(api: ApiClient, gas: Business) -> None:
    evil = '=HYPERLINK("http://x.test","y")'
    order(api, gas, items=[{"name": evil, "quantity": 1, "unit_price": "5"}])
    rows, _ = rows_of(api, gas, "sales", RANGE)
    assert rows[1][2] == f"'{evil}"


def test_cells_are_quoted_as_the_standard_says() -> None:
    assert sheet(["a"], [['x,"y"\nz'], [None]]) == '\ufeffa\r\n"x,""y""\nz"\r\n""\r\n'
