"""The pages behind short links, for people without a login, and the URL that SMS providers send receipts to."""

from typing import Annotated, Final, cast

from chalice.app import Blueprint
from msgspec import Meta

from chalicelib.api import link_pages
from chalicelib.api.guest_pages import Formats, language_of, live_page
from chalicelib.api.http import Answer, endpoint
from chalicelib.api.media import Html, PlainText
from chalicelib.api.request import ApiRequest
from chalicelib.api.tracking_content import status_title, tracking_content
from chalicelib.auth.audiences import seen_order
from chalicelib.auth.links import OPT_OUT, TRACK, open_link
from chalicelib.auth.principal import TRACKER
from chalicelib.core.clock import now
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.orders.tracking import tracked_order
from chalicelib.orders.view import GuestOrderView, order_view
from chalicelib.sms.opt_outs import BY_LINK, opt_in, opt_out, opted_out
from chalicelib.sms.providers.mitake_receipts import acknowledgement, read_receipt
from chalicelib.sms.receipts import record_receipt
from chalicelib.tenants.tenants import get_tenant

bp = Blueprint(__name__)

# Any text, because an unknown link is answered with an HTML page, not with a problem document.
_PATH_TYPES: Final = {"code": Annotated[str, Meta(min_length=1)]}


@endpoint(bp, "/v1/l/{code}", "GET", roles=None, errors={NotFound}, path_types=_PATH_TYPES)
def show(request: ApiRequest) -> Answer[Html]:
    """The order's page, or the page for opting out of SMS. Opening it changes nothing."""
    language = language_of(request)
    try:
        link = open_link(request.path["code"], {TRACK, OPT_OUT}, now())
        if link.purpose == OPT_OUT:
            out = opted_out(link.tenant_id, link.subject)
            page = link_pages.opt_out(get_tenant(link.tenant_id).name, out=out, language=language)
            return Answer(page, headers=link_pages.HEADERS)
        at = now()
        view = order_view(tracked_order(link.tenant_id, link.subject, at))
        order = cast(GuestOrderView, seen_order(view, TRACKER))
        tenant = get_tenant(link.tenant_id)
    except NotFound:
        return _expired_page(language)
    content = tracking_content(order, Formats(tenant, language), language, at)
    return live_page("track", tenant, language, status_title(order, language), *content)


@endpoint(bp, "/v1/l/{code}", "POST", roles=None, errors={NotFound}, path_types=_PATH_TYPES)
def act(request: ApiRequest) -> Answer[Html]:
    """Stops SMS, or resumes them with `?again=1`. Not on GET: phones and carriers open links to preview them."""
    language, again = language_of(request), request.query_params.get("again") == "1"
    try:
        link = open_link(request.path["code"], {OPT_OUT}, now())
        shop = get_tenant(link.tenant_id).name
    except NotFound:
        return _expired_page(language)
    if again:
        opt_in(link.tenant_id, link.subject, customer_id=link.customer_id, by=BY_LINK)
    else:
        opt_out(link.tenant_id, link.subject, customer_id=link.customer_id, by=BY_LINK, now=now())
    return Answer(link_pages.opt_out(shop, out=not again, language=language), headers=link_pages.HEADERS)


@endpoint(bp, "/v1/receipts/mitake/{code}", "GET", roles=None, errors={NotFound, Invalid})
def mitake_receipt(request: ApiRequest) -> Answer[PlainText]:
    """Receives Mitake's delivery report of an SMS. Mitake repeats it until it receives exactly this answer."""
    try:
        receipt = read_receipt(request.query_params)
    except ValueError as error:
        raise Invalid(("StatusFlag", "not a receipt")) from error
    record_receipt(request.path["code"], receipt, now())
    return Answer(acknowledgement(receipt.message_id), headers={"Content-Type": "text/plain; charset=utf-8"})


def _expired_page(language: str) -> Answer[Html]:
    return Answer(link_pages.over(language), 404, link_pages.HEADERS)
