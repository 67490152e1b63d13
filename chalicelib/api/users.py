"""`/v1/users`: admins manage the users of their tenant."""

from chalice.app import Blueprint

from chalicelib.api.http import Answer, endpoint
from chalicelib.api.pages import Page, to_page
from chalicelib.api.request import ApiRequest
from chalicelib.auth import managed_users
from chalicelib.auth.principal import ADMIN
from chalicelib.auth.users import NewUser, UserChanges, UserListing, UserView, user_view
from chalicelib.core.errors import Conflict, TooFast

bp = Blueprint(__name__)


@endpoint(bp, "/v1/users", "GET", roles={ADMIN})
def list_users(request: ApiRequest, query: UserListing) -> Answer[Page[UserView]]:
    """The tenant's users that match the query, oldest first."""
    return Answer(to_page(managed_users.list_users(request.principal, query), user_view))


@endpoint(bp, "/v1/users", "POST", roles={ADMIN}, status=201, located=True, errors={Conflict, TooFast})
def create_user(request: ApiRequest, body: NewUser) -> Answer[UserView]:
    """A new user of the tenant."""
    return Answer(user_view(managed_users.create_user(request.principal, body, address=request.address)))


@endpoint(bp, "/v1/users/{user_id}", "GET", roles={ADMIN})
def show_user(request: ApiRequest) -> Answer[UserView]:
    """One user."""
    return Answer(user_view(managed_users.visible_user(request.principal, request.path["user_id"])))


@endpoint(bp, "/v1/users/{user_id}", "PATCH", roles={ADMIN}, errors={Conflict})
def change_user(request: ApiRequest, body: UserChanges) -> Answer[UserView]:
    """Changes a user."""
    user = managed_users.change_user(request.principal, request.path["user_id"], body, address=request.address)
    return Answer(user_view(user))
