"""Reports as CSV for a spreadsheet: UTF-8 with a byte order mark for Excel, without cells that run as formulas."""

from collections.abc import Iterable, Sequence
from typing import Final

from chalicelib.core.clock import from_wire, time_zone
from chalicelib.core.fields import money_text
from chalicelib.orders.status_words import STATUS_WORDS
from chalicelib.reports.orders import SalesLine
from chalicelib.reports.views import DailyReport, DriverReport, Reduction, StatusReport, Texts, TextsReport

# Without it Excel reads a file as Big5.
_MARK: Final = "\ufeff"

# First characters of a formula. Spreadsheets ignore a tab or a return before one; in Chinese ones the full-width
# forms count, too.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

_REDUCTION: Final = ("減價時間", "訂單編號", "桌號或客戶", "當時狀態", "經手人", "原金額", "新金額", "原因")
# In place of the figures of deleted SMS.
_DELETED: Final = "已刪除"
_TEXTS: Final = ("簡訊成功", "簡訊失敗", "簡訊不明", "簡訊略過", "簡訊待送", "簡訊成功率")


def daily_sheet(report: DailyReport, zone: str) -> str:
    """The day's figures in one row; after an empty line a row for each reduction, in the local time of `zone`."""
    revenue, texts = report.revenue, report.texts
    header = ["日期", "訂單數", "新增訂單", "已送達", "配送失敗", "已取消", "營業額", "已收款", "未收款", "已退款"]
    row = [
        report.date,
        report.orders,
        report.created,
        report.delivered,
        report.failed,
        report.cancelled,
        revenue.total,
        revenue.paid,
        revenue.unpaid,
        revenue.refunded,
    ]
    row += [_DELETED, *[None] * (len(_TEXTS) - 1)] if texts is None else _cells(texts)
    row += [len(report.reductions), report.reduced]
    rows: list[Sequence[object]] = [row]
    if report.reductions:
        rows += [[], _REDUCTION, *(_reduction_row(each, zone) for each in report.reductions)]
    return sheet([*header, *_TEXTS, "減價筆數", "減價金額"], rows)


def _reduction_row(row: Reduction, zone: str) -> list[object]:
    at = from_wire(row.at).astimezone(time_zone(zone)).strftime("%Y-%m-%d %H:%M")
    by = row.by_name or row.by
    status = STATUS_WORDS[row.status]
    return [
        *(at, row.order_number, row.table_number or row.customer_name, status, by),
        *(row.total_before, row.total_after, row.reason),
    ]


def status_sheet(report: StatusReport) -> str:
    """A row per day, a column per status."""
    header = ["日期", "訂單數", *(STATUS_WORDS[status] for status in report.by_status)]
    return sheet(header, ([day.date, day.orders, *day.by_status.values()] for day in report.days))


def driver_sheet(report: DriverReport) -> str:
    """A row per driver."""
    rows = (
        [row.driver_id, row.name, row.orders, row.delivered, row.failed, row.cylinders] for row in report.drivers
    )
    return sheet(["司機編號", "司機", "訂單數", "已送達", "配送失敗", "瓦斯桶數"], rows)


def sales_sheet(lines: Iterable[SalesLine], currency: str) -> str:
    """A row for each product on each day."""
    rows = (
        [day, product_id, name, quantity, money_text(amount), currency]
        for day, product_id, name, quantity, amount in lines
    )
    return sheet(["日期", "商品編號", "商品", "數量", "金額", "幣別"], rows)


def sms_sheet(report: TextsReport) -> str:
    """A row per day, and one for all days whose SMS are deleted."""
    rows: list[list[object]] = [[day.date, *_cells(day)] for day in report.days]
    if report.stored_from is not None:
        rows.insert(0, [f"{report.stored_from} 之前", _DELETED])
    return sheet(["日期", *_TEXTS], rows)


def _cells(texts: Texts) -> list[object]:
    return [texts.sent, texts.failed, texts.unknown, texts.skipped, texts.waiting, texts.success_rate]


def sheet(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """CSV (RFC 4180) with a header; None is an empty cell."""
    import csv  # noqa: PLC0415 — few ask for it
    import io  # noqa: PLC0415

    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return _MARK + text.getvalue()


def safe(cell: object) -> object:
    """The cell, with an apostrophe before it if a spreadsheet would read its text as a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
