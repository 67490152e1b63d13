"""`/v1/users`: admins manage the users of their tenant."""

from typing import Any

import msgspec
from chalice.app import Blueprint

from chalicelib.api.http import Answer, ApiRequest, endpoint
from chalicelib.auth import users
from chalicelib.auth.principal import ADMIN
from chalicelib.fields import Cursor, PageSize

bp = Blueprint(__name__)


class Page(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Which part of the list."""

    limit: PageSize = 50
    cursor: Cursor | None = None


@endpoint(bp, "/v1/users", "GET", roles={ADMIN})
def list_users(request: ApiRequest) -> Answer[Any]:
    """The tenant's users, oldest first."""
    page = request.query(Page)
    found, next_cursor = users.list_users(request.principal.tenant_id, limit=page.limit, cursor=page.cursor)
    return Answer({"items": [users.user_view(user) for user in found], "next_cursor": next_cursor})


@endpoint(bp, "/v1/users", "POST", roles={ADMIN})
def create_user(request: ApiRequest) -> Answer[Any]:
    """A new user of the tenant."""
    user = users.create_user(request.principal.tenant_id, request.body(users.NewUser))
    return Answer(users.user_view(user), 201, {"Location": f"/v1/users/{user.id}"})


@endpoint(bp, "/v1/users/{user_id}", "GET", roles={ADMIN})
def show_user(request: ApiRequest) -> Answer[Any]:
    """One user."""
    return Answer(users.user_view(users.get_user(request.principal.tenant_id, request.path["user_id"])))


@endpoint(bp, "/v1/users/{user_id}", "PATCH", roles={ADMIN})
def change_user(request: ApiRequest) -> Answer[Any]:
    """One user, changed."""
    user = users.change_user(
        request.principal.tenant_id,
        request.path["user_id"],
        request.body(users.UserChanges),
        by=request.principal.user_id,
    )
    return Answer(users.user_view(user))
