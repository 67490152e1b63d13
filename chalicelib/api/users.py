"""`/v1/users`: admins manage the users of their tenant."""

from chalice.app import Blueprint

from chalicelib.api.http import Answer, ApiRequest, endpoint
from chalicelib.api.pages import Page
from chalicelib.auth import users
from chalicelib.auth.principal import ADMIN
from chalicelib.errors import Conflict, TooFast

bp = Blueprint(__name__)


@endpoint(bp, "/v1/users", "GET", roles={ADMIN})
def list_users(request: ApiRequest, query: users.UserListing) -> Answer[Page[users.UserView]]:
    """The tenant's users that fit, oldest first."""
    found, next_cursor = users.list_users(request.principal.tenant_id, query)
    return Answer(Page([users.user_view(user) for user in found], next_cursor))


@endpoint(bp, "/v1/users", "POST", roles={ADMIN}, status=201, located=True, refuses={Conflict, TooFast})
def create_user(request: ApiRequest, body: users.NewUser) -> Answer[users.UserView]:
    """A new user of the tenant."""
    user = users.create_user(
        request.principal.tenant_id,
        body,
        by=request.principal.user_id,
        address=request.address,
    )
    return Answer(users.user_view(user))


@endpoint(bp, "/v1/users/{user_id}", "GET", roles={ADMIN})
def show_user(request: ApiRequest) -> Answer[users.UserView]:
    """One user."""
    return Answer(users.user_view(users.get_user(request.principal.tenant_id, request.path["user_id"])))


@endpoint(bp, "/v1/users/{user_id}", "PATCH", roles={ADMIN}, refuses={Conflict})
def change_user(request: ApiRequest, body: users.UserChanges) -> Answer[users.UserView]:
    """One user, changed."""
    user = users.change_user(
        request.principal.tenant_id,
        request.path["user_id"],
        body,
        by=request.principal.user_id,
        address=request.address,
    )
    return Answer(users.user_view(user))
