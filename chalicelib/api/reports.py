"""`/v1/reports`: reports by day, as JSON or with `format=csv` for a spreadsheet."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.api.http import Answer, endpoint
from chalicelib.api.media import Csv
from chalicelib.api.request import ApiRequest
from chalicelib.auth.principal import STAFF
from chalicelib.core.clock import local_date, now
from chalicelib.core.fields import calendar_day
from chalicelib.reports import orders, sheets
from chalicelib.reports.days import DayQuery, RangeQuery, checked_range
from chalicelib.reports.sms import sms_by_day
from chalicelib.reports.views import DailyReport, DriverReport, SalesReport, StatusReport, TextsReport

bp = Blueprint(__name__)


@endpoint(bp, "/v1/reports/daily", "GET", roles=STAFF)
def daily(request: ApiRequest, query: DayQuery) -> Answer[DailyReport | Csv]:
    """The orders, revenue and SMS of a day, and the order totals that were lowered on it."""
    at = now()
    day = calendar_day("date", query.date or local_date(at, request.tenant.time_zone))
    report = orders.daily(request.principal, request.tenant, day, at)
    if query.format == "csv":
        return _file(sheets.daily_sheet(report, request.tenant.time_zone), f"daily-{report.date}")
    return Answer(report)


@endpoint(bp, "/v1/reports/orders-by-status", "GET", roles=STAFF)
def orders_by_status(request: ApiRequest, query: RangeQuery) -> Answer[StatusReport | Csv]:
    """The orders of each day by their current status."""
    report = orders.orders_by_status(request.principal, request.tenant, checked_range(query))
    if query.format == "csv":
        return _file(sheets.status_sheet(report), _named("orders-by-status", query))
    return Answer(report)


@endpoint(bp, "/v1/reports/drivers", "GET", roles=STAFF)
def drivers(request: ApiRequest, query: RangeQuery) -> Answer[DriverReport | Csv]:
    """Deliveries by driver."""
    report = orders.drivers(request.principal, request.tenant, checked_range(query))
    if query.format == "csv":
        return _file(sheets.driver_sheet(report), _named("drivers", query))
    return Answer(report)


@endpoint(bp, "/v1/reports/sales", "GET", roles=STAFF)
def sales(request: ApiRequest, query: RangeQuery) -> Answer[SalesReport | Csv]:
    """Sales by day and by product; in the CSV by day and product together."""
    days = checked_range(query)
    if query.format == "csv":
        lines = orders.sales_lines(request.principal, request.tenant, days)
        return _file(sheets.sales_sheet(lines, request.tenant.currency), _named("sales", query))
    return Answer(orders.sales(request.principal, request.tenant, days))


@endpoint(bp, "/v1/reports/notifications", "GET", roles=STAFF)
def notifications(request: ApiRequest, query: RangeQuery) -> Answer[TextsReport | Csv]:
    """The SMS of each day, and how many were delivered."""
    report = sms_by_day(request.principal, request.tenant, checked_range(query), now())
    if query.format == "csv":
        return _file(sheets.sms_sheet(report), _named("notifications", query))
    return Answer(report)


def _named(report: str, query: RangeQuery) -> str:
    return f"{report}-{query.first.isoformat()}-{query.last.isoformat()}"


def _file(text: str, name: str) -> Answer[Any]:
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{name}.csv"',
    }
    return Answer(text, headers=headers)
