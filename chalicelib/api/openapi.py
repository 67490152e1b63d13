"""`/v1/openapi.json` and `/v1/docs`: the OpenAPI document, and a page that shows it."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.api.http import Answer, endpoint
from chalicelib.api.media import Html
from chalicelib.api.request import ApiRequest

bp = Blueprint(__name__)


# Imports are inside the functions, because few instances ever receive these requests.
@endpoint(bp, "/v1/openapi.json", "GET", roles=None)
def openapi(request: ApiRequest) -> Answer[dict[str, Any]]:
    """This document."""
    from chalicelib.api.document import document  # noqa: PLC0415 - see above

    return Answer(document())


@endpoint(bp, "/v1/docs", "GET", roles=None)
def docs(request: ApiRequest) -> Answer[Html]:
    """The document as a page, to search and to try."""
    from chalicelib.api.console import serve_page  # noqa: PLC0415 - see above

    return serve_page(request, "docs")
