"""`/v1/auth/sessions` and `/v1/users/{user_id}/sessions`: sessions of users."""

from chalice.app import Blueprint

from chalicelib.api.http import Answer, endpoint
from chalicelib.api.pages import Page
from chalicelib.api.request import ApiRequest
from chalicelib.auth import session_list
from chalicelib.auth.managed_users import visible_user
from chalicelib.auth.principal import ADMIN, ROLES
from chalicelib.auth.session_list import SessionView
from chalicelib.core.clock import now
from chalicelib.core.fields import Part
from chalicelib.models.user import User

bp = Blueprint(__name__)


@endpoint(bp, "/v1/auth/sessions", "GET", roles=ROLES)
def list_own(request: ApiRequest, query: Part) -> Answer[Page[SessionView]]:
    """The caller's sessions, newest first."""
    return _page(request, request.user, query)


@endpoint(bp, "/v1/auth/sessions", "DELETE", roles=ROLES, status=204)
def end_others(request: ApiRequest) -> Answer[None]:
    """Ends all of the caller's other sessions."""
    session_list.end_other_sessions(request.user, current=request.principal.session_id, now=now())
    return Answer(None)


@endpoint(bp, "/v1/auth/sessions/{session_id}", "DELETE", roles=ROLES, status=204)
def end_one(request: ApiRequest) -> Answer[None]:
    """Ends one of the caller's sessions and closes its connections. Admins may end any session of the tenant."""
    session_list.end_session(request.principal, request.path["session_id"], now=now())
    return Answer(None)


@endpoint(bp, "/v1/users/{user_id}/sessions", "GET", roles={ADMIN})
def list_of_user(request: ApiRequest, query: Part) -> Answer[Page[SessionView]]:
    """A user's sessions, newest first."""
    return _page(request, _user(request), query)


@endpoint(bp, "/v1/users/{user_id}/sessions", "DELETE", roles={ADMIN}, status=204)
def end_all_of_user(request: ApiRequest) -> Answer[None]:
    """Ends all sessions of a user and closes the user's connections."""
    session_list.end_all_sessions(_user(request), now=now())
    return Answer(None)


def _page(request: ApiRequest, user: User, part: Part) -> Answer[Page[SessionView]]:
    found, cursor = session_list.list_sessions(user, part, current=request.principal.session_id, now=now())
    return Answer(Page(found, cursor))


def _user(request: ApiRequest) -> User:
    return visible_user(request.principal, request.path["user_id"])
