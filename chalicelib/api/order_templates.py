"""`/v1/order-templates`: recurring orders."""

import datetime as dt

from chalice.app import Blueprint

from chalicelib.api.http import Answer, endpoint
from chalicelib.api.pages import Page, to_page
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
    """Templates that match the query, oldest first."""
    return Answer(to_page(list_templates(request.principal, query), template_view))


@endpoint(bp, "/v1/order-templates", "POST", roles=STAFF, status=201, located=True, errors={Conflict})
def create(request: ApiRequest, body: NewTemplate) -> Answer[OrderTemplateView]:
    """Creates a recurring order; refused if the same order would be refused today."""
    row = create_template(request.principal, request.tenant, body, now=now())
    return Answer(template_view(row))


@endpoint(bp, "/v1/order-templates/{template_id}", "GET", roles=STAFF)
def show(request: ApiRequest) -> Answer[OrderTemplateView]:
    """One template."""
    return Answer(template_view(visible_template(request.principal, request.path["template_id"])))


@endpoint(bp, "/v1/order-templates/{template_id}", "PATCH", roles=STAFF)
def change(request: ApiRequest, body: TemplateChanges) -> Answer[OrderTemplateView]:
    """Changes a template; `status` pauses, resumes or ends it. Existing orders do not change."""
    row = change_template(request.principal, request.tenant, request.path["template_id"], body, now=now())
    return Answer(template_view(row))


@endpoint(bp, "/v1/order-templates/{template_id}", "DELETE", roles=STAFF, status=204, errors={Conflict})
def end(request: ApiRequest) -> Answer[None]:
    """Ends a template. It and its orders stay readable. Repeating it changes nothing."""
    end_template(request.principal, request.tenant, request.path["template_id"], now=now())
    return Answer(None)


@endpoint(bp, "/v1/order-templates/{template_id}/preview", "GET", roles=STAFF)
def preview(request: ApiRequest, query: PreviewQuery) -> Answer[PreviewView]:
    """The next due dates; for a paused template, those after resuming it today."""
    row = visible_template(request.principal, request.path["template_id"])
    lead = dt.timedelta(days=int(row.lead_days))
    dates = next_dates(row, request.tenant, query.count, now())
    planned = [PlannedView(due_date=due.isoformat(), created_on=(due - lead).isoformat()) for due in dates]
    return Answer(PreviewView(planned))


@endpoint(bp, "/v1/order-templates/{template_id}/orders", "GET", roles=STAFF)
def history(request: ApiRequest, query: Part) -> Answer[Page[OccurrenceView]]:
    """Past due dates, newest first: their orders, or that the date was skipped."""
    row = visible_template(request.principal, request.path["template_id"])
    return Answer(to_page(list_occurrences(row, query), occurrence_view))
