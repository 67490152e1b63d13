"""`/v1/tables`: a restaurant's tables and their QR codes."""

from typing import Any, Final, Literal

from chalice.app import Blueprint
from msgspec import Struct

from chalicelib.api import qr_pictures
from chalicelib.api.http import Answer, endpoint
from chalicelib.api.media import Png, Svg
from chalicelib.api.pages import Page, to_page
from chalicelib.api.request import ApiRequest
from chalicelib.auth.principal import STAFF
from chalicelib.core.clock import now
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import BadRequest, Conflict
from chalicelib.records.rows import Listing
from chalicelib.records.tables import (
    NewTable,
    QrView,
    TableChanges,
    TableView,
    change_table,
    create_table,
    get_table,
    list_tables,
    qr_view,
    renew_qr_code,
    table_view,
)

bp = Blueprint(__name__)

_TYPES: Final = {"svg": "image/svg+xml", "png": "image/png"}


class QrQuery(Struct, forbid_unknown_fields=True, frozen=True):
    """The format of the code; without it `Accept` decides, with JSON preferred."""

    format: Literal["json", "svg", "png"] | None = None


@endpoint(bp, "/v1/tables", "GET", roles=STAFF)
def list_(request: ApiRequest, query: Listing) -> Answer[Page[TableView]]:
    """Tables that match the query, oldest first."""
    return Answer(to_page(list_tables(request.principal, query), table_view))


@endpoint(bp, "/v1/tables", "POST", roles=STAFF, status=201, located=True, errors={Conflict})
def create(request: ApiRequest, body: NewTable) -> Answer[TableView]:
    """A new table."""
    row = create_table(request.principal, request.tenant, body, now=now())
    return Answer(table_view(row))


@endpoint(bp, "/v1/tables/{table_id}", "GET", roles=STAFF)
def show(request: ApiRequest) -> Answer[TableView]:
    """One table."""
    return Answer(table_view(get_table(request.principal, request.path["table_id"])))


@endpoint(bp, "/v1/tables/{table_id}", "PATCH", roles=STAFF)
def change(request: ApiRequest, body: TableChanges) -> Answer[TableView]:
    """Changes a table. Guests cannot order at a suspended one."""
    row = change_table(request.principal, request.path["table_id"], body, now=now())
    return Answer(table_view(row))


@endpoint(bp, "/v1/tables/{table_id}/qr", "GET", roles=STAFF, errors={BadRequest})
def show_qr(request: ApiRequest, query: QrQuery) -> Answer[QrView | Svg | Png]:
    """The current code of the table: as JSON, or as a picture to print."""
    code = qr_view(get_table(request.principal, request.path["table_id"]), now())
    accept = request.headers.get("accept", "")
    media: str = query.format or next((name for name in _TYPES if accept.startswith(_TYPES[name])), "json")
    if media == "json":
        return Answer(code)
    if media == "png" and not accept.startswith(_TYPES["png"]):
        # API Gateway decodes base64 only if the first type of `Accept` is a binary one.
        raise BadRequest(code=ErrorCode.ACCEPT_NEEDED)
    picture: Any = (qr_pictures.svg if media == "svg" else qr_pictures.png)(code.url or code.qr)
    return Answer(picture, headers={"Content-Type": _TYPES[media]})


@endpoint(bp, "/v1/tables/{table_id}/qr", "POST", roles=STAFF, errors={Conflict})
def renew_qr(request: ApiRequest) -> Answer[QrView]:
    """Makes a new code. The table's earlier codes and the tokens issued for them become invalid at once."""
    at = now()
    return Answer(qr_view(renew_qr_code(request.principal, request.path["table_id"], now=at), at))
