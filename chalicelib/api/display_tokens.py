"""`/v1/display-tokens`: admins manage read-only access for screens that cannot sign in."""

from chalice.app import Blueprint

from chalicelib.api.http import Answer, endpoint
from chalicelib.api.pages import Page
from chalicelib.api.request import ApiRequest
from chalicelib.auth.display_tokens import (
    DisplayTokenView,
    IssuedDisplayToken,
    NewDisplayToken,
    create_display_token,
    list_display_tokens,
    revoke_display_token,
)
from chalicelib.auth.principal import ADMIN
from chalicelib.core.clock import now
from chalicelib.core.errors import Conflict
from chalicelib.core.fields import Part

bp = Blueprint(__name__)


@endpoint(bp, "/v1/display-tokens", "GET", roles={ADMIN})
def list_(request: ApiRequest, query: Part) -> Answer[Page[DisplayTokenView]]:
    """The tenant's display tokens, newest first. Expired and revoked ones are listed for another 7 days."""
    tokens, next_cursor = list_display_tokens(request.principal, query, now=now())
    return Answer(Page(tokens, next_cursor))


@endpoint(bp, "/v1/display-tokens", "POST", roles={ADMIN}, status=201, errors={Conflict})
def create(request: ApiRequest, body: NewDisplayToken) -> Answer[IssuedDisplayToken]:
    """Creates a display token. Only this answer contains `token`."""
    return Answer(create_display_token(request.principal, body, now=now()))


@endpoint(bp, "/v1/display-tokens/{token_id}", "DELETE", roles={ADMIN}, status=204)
def revoke(request: ApiRequest) -> Answer[None]:
    """Revokes a display token; its connections close. Repeating it changes nothing."""
    revoke_display_token(request.principal, request.path["token_id"], now=now())
    return Answer(None)
