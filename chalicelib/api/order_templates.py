"""`/v1/order-templates`: orders that come again and again."""

import datetime as dt

from chalice.app import Blueprint

from chalicelib.api.http import Answer, endpoint
from chalicelib.api.pages import Page
from chalicelib.api.request import ApiRequest
from chalicelib.auth.principal import STAFF
from chalicelib.core.clock import now
from chalicelib.core.errors import Conflict
from chalicelib.core.fields import Part
from chalicelib.recurring.drafts import (
    NewTemplate,
    OccurrenceView,
    OrderTemplateView,
    PlannedView,
    PreviewQuery,
    PreviewView,
    TemplateChanges,
    TemplateQuery,
)
from chalicelib.recurring.listing import list_occurrences, list_templates, occurrence_view, template_view
from chalicelib.recurring.rows import visible_template
from chalicelib.recurring.templates import change_template, create_template, end_template, next_dates

bp = Blueprint(__name__)


@endpoint(bp, "/v1/order-templates", "GET", roles=STAFF)
def list_(request: ApiRequest, query: TemplateQuery) -> Answer[Page[OrderTemplateView]]:
    """Templates that fit, oldest first."""
    rows, next_cursor = list_templates(request.principal, query)
    return Answer(Page([template_view(row) for row in rows], next_cursor))


@endpoint(bp, "/v1/order-templates", "POST", roles=STAFF, status=201, located=True, errors={Conflict})
def create(request: ApiRequest, body: NewTemplate) -> Answer[OrderTemplateView]:
    """A new recurring order; refused where an order like it would be refused today."""
    row = create_template(request.principal, request.tenant, body, now=now())
    return Answer(template_view(row))


@endpoint(bp, "/v1/order-templates/{template_id}", "GET", roles=STAFF)
def show(request: ApiRequest) -> Answer[OrderTemplateView]:
    """One template."""
    return Answer(template_view(visible_template(request.principal, request.path["template_id"])))


@endpoint(bp, "/v1/order-templates/{template_id}", "PATCH", roles=STAFF)
def change(request: ApiRequest, body: TemplateChanges) -> Answer[OrderTemplateView]:
    """One template, changed; `status` pauses, resumes and ends. Orders that exist stay as they are."""
    row = change_template(request.principal, request.tenant, request.path["template_id"], body, now=now())
    return Answer(template_view(row))


@endpoint(bp, "/v1/order-templates/{template_id}", "DELETE", roles=STAFF, status=204, errors={Conflict})
def end(request: ApiRequest) -> Answer[None]:
    """Ends a template; it stays readable, like its orders. Harmless when repeated."""
    end_template(request.principal, request.tenant, request.path["template_id"], now=now())
    return Answer(None)


@endpoint(bp, "/v1/order-templates/{template_id}/preview", "GET", roles=STAFF)
def preview(request: ApiRequest, query: PreviewQuery) -> Answer[PreviewView]:
    """The next due dates; of a paused template, those it would have if resumed today."""
    row = visible_template(request.principal, request.path["template_id"])
    lead = dt.timedelta(days=int(row.lead_days))
    dates = next_dates(row, request.tenant, query.count, now())
    planned = [PlannedView(due_date=due.isoformat(), created_on=(due - lead).isoformat()) for due in dates]
    return Answer(PreviewView(planned))


@endpoint(bp, "/v1/order-templates/{template_id}/orders", "GET", roles=STAFF)
def history(request: ApiRequest, query: Part) -> Answer[Page[OccurrenceView]]:
    """What became of the due dates, newest first: orders, and dates that were skipped."""
    row = visible_template(request.principal, request.path["template_id"])
    rows, next_cursor = list_occurrences(row, query)
    return Answer(Page([occurrence_view(each) for each in rows], next_cursor))
