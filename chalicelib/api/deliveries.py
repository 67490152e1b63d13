"""`/v1/deliveries`: delivery attempts and proofs of delivery."""

from chalice.app import Blueprint
from msgspec import Struct

from chalicelib.api import qr_pictures
from chalicelib.api.http import Answer, endpoint
from chalicelib.api.pages import Page, to_page
from chalicelib.api.request import ApiRequest
from chalicelib.auth.principal import DRIVER, ROLES, STAFF
from chalicelib.core.clock import now, wire
from chalicelib.core.errors import Conflict, TooFast
from chalicelib.core.fields import WireTime
from chalicelib.deliveries.access import delivery_order
from chalicelib.deliveries.confirm import confirm_delivery
from chalicelib.deliveries.drafts import Confirmation, NewQr, NewUpload
from chalicelib.deliveries.listing import AttemptQuery, list_attempts
from chalicelib.deliveries.pictures import Upload, make_upload
from chalicelib.deliveries.qr import issue_qr
from chalicelib.deliveries.view import AttemptView, DeliveryView, attempt_view, delivery_view

bp = Blueprint(__name__)


class QrView(Struct):
    """qr: the text of the code; svg: its picture."""

    qr: str
    expires_at: WireTime
    svg: str


@endpoint(bp, "/v1/deliveries", "GET", roles=STAFF)
def list_(request: ApiRequest, query: AttemptQuery) -> Answer[Page[AttemptView]]:
    """Attempts that match the query, newest day first."""
    found = list_attempts(request.principal, query)
    return Answer(to_page(found, lambda row: attempt_view(request.principal, row)))


@endpoint(bp, "/v1/deliveries/{order_id}", "GET", roles=ROLES)
def show(request: ApiRequest) -> Answer[DeliveryView]:
    """An order's attempts. Drivers and customers may read those of their own orders."""
    order = delivery_order(request.principal, request.path["order_id"])
    return Answer(delivery_view(request.principal, order, request.tenant.time_zone))


@endpoint(bp, "/v1/deliveries/{order_id}/confirm", "POST", roles=STAFF | {DRIVER}, errors={Conflict, TooFast})
def confirm(request: ApiRequest, body: Confirmation) -> Answer[DeliveryView]:
    """Marks an order delivered and stores its proof. Repeating the same proof returns the same answer."""
    order = confirm_delivery(
        request.principal,
        request.path["order_id"],
        body,
        correlation_id=request.correlation_id,
        now=now(),
    )
    return Answer(delivery_view(request.principal, order, request.tenant.time_zone))


# Not for drivers: a code that the driver can make is no proof of delivery. The same holds for the PIN.
@endpoint(bp, "/v1/deliveries/{order_id}/qr", "POST", roles=STAFF, errors={Conflict})
def make_qr(request: ApiRequest, body: NewQr) -> Answer[QrView]:
    """Makes a QR code that confirms this order once, within a day."""
    made = issue_qr(request.principal, request.path["order_id"], body.cylinder_serial, now=now())
    return Answer(QrView(made.text, wire(made.expires_at), qr_pictures.svg(made.text)))


@endpoint(
    bp,
    "/v1/deliveries/{order_id}/uploads",
    "POST",
    roles=STAFF | {DRIVER},
    status=201,
    errors={Conflict, TooFast},
)
def upload(request: ApiRequest, body: NewUpload) -> Answer[Upload]:
    """The URL to upload a signature or a photo of this order to."""
    return Answer(make_upload(request.principal, request.path["order_id"], body, now=now()))
