"""`/v1/auth`: signing in, staying in, signing out."""

from typing import Annotated, Literal, TypedDict

import msgspec
from chalice.app import Blueprint
from msgspec import Meta, structs

from chalicelib.api.http import Answer, endpoint
from chalicelib.api.request import ApiRequest
from chalicelib.auth import devices, login, passwords, sessions, usernames
from chalicelib.auth.initial_passwords import PasswordChange as PasswordChangeNeed
from chalicelib.auth.initial_passwords import password_change
from chalicelib.auth.principal import ROLES
from chalicelib.auth.sessions import TokenPair
from chalicelib.core.errors import Conflict, Forbidden, TooFast, Unauthenticated
from chalicelib.core.fields import one_of
from chalicelib.core.logs import log
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User
from chalicelib.tenants.tenants import KINDS

bp = Blueprint(__name__)


class Credentials(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """username: email or phone. device: the value that the last sign-in on this device returned.

    totp_code: of the authenticator app, or a recovery code; for users who have turned codes on.
    """

    username: Annotated[str, Meta(min_length=1, max_length=usernames.MAX_LENGTH)]
    password: Annotated[str, Meta(min_length=1, max_length=passwords.MAX_LENGTH)]
    device: Annotated[str, Meta(max_length=devices.MAX_LENGTH)] | None = None
    totp_code: Annotated[str, Meta(max_length=64)] | None = None


class PasswordGrant(Credentials, forbid_unknown_fields=True, frozen=True):
    """Credentials as OAuth2 clients send them, https://www.rfc-editor.org/rfc/rfc6749#section-4.3.2.

    scope, client_id, client_secret: ignored.
    """

    grant_type: Literal["password"] = "password"
    scope: str = ""
    client_id: str = ""
    client_secret: str = ""


class Refresh(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The refresh token of the last sign-in or refresh.

    retry_key: a random text that the client makes for this token and stores until the response arrives. With it,
    the client may repeat the same request for a minute.
    """

    refresh_token: Annotated[str, Meta(min_length=1, max_length=256)]
    retry_key: Annotated[str, Meta(min_length=16, max_length=128)] | None = None


class PasswordChange(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The current password and the new one."""

    current_password: Annotated[str, Meta(min_length=1, max_length=passwords.MAX_LENGTH)]
    new_password: Annotated[str, Meta(min_length=passwords.MIN_LENGTH, max_length=passwords.MAX_LENGTH)]


class Business(TypedDict):
    """A tenant, as its users see it. kind: `delivery` or `table`; time_zone: an IANA name."""

    id: str
    name: str
    kind: Annotated[str, one_of(sorted(KINDS))]
    time_zone: str
    currency: str


class Me(TypedDict):
    """The user of a token, and the user's tenant.

    password_change: `required` where an initial password must be changed before anything else (403
    `password_change_required`), `advised` where it may be; null for a password that the user chose.
    totp: whether signing in takes a code of an authenticator app, too.
    """

    id: str
    username: str
    name: str
    role: Annotated[str, one_of(sorted(ROLES))]
    driver_id: str | None
    customer_id: str | None
    password_change: PasswordChangeNeed | None
    totp: bool
    tenant: Business


class SignedIn(TokenPair, frozen=True, kw_only=True):
    """The tokens, and the answer of `GET /v1/auth/me`, so that a client need not request it after signing in.

    device: the client stores it and sends it with the next sign-in. Wrong passwords from other devices do not use
    up the limit of such sign-ins.
    """

    user: Me
    device: str


@endpoint(
    bp, "/v1/auth/login", "POST", roles=None, errors={Unauthenticated, Forbidden, TooFast}, form=PasswordGrant
)
def sign_in(request: ApiRequest, body: Credentials) -> Answer[SignedIn]:
    """Starts a session and returns its tokens. The body may also be a form, as OAuth2 password clients send it."""
    tokens, device, tenant, user = login.sign_in(
        body.username,
        body.password,
        address=request.address,
        device=body.device,
        code=body.totp_code,
        user_agent=request.headers.get("user-agent"),
    )
    return Answer(SignedIn(**structs.asdict(tokens), user=_me(user, tenant), device=device))


@endpoint(bp, "/v1/auth/refresh", "POST", roles=None, errors={Unauthenticated, Forbidden})
def refresh(request: ApiRequest, body: Refresh) -> Answer[TokenPair]:
    """Returns the next tokens of a session. The refresh token sent becomes invalid."""
    return Answer(sessions.refresh(body.refresh_token, retry_key=body.retry_key))


@endpoint(bp, "/v1/auth/logout", "POST", roles=ROLES, status=204, initial_password=True)
def sign_out(request: ApiRequest) -> Answer[None]:
    """Ends the session of the token."""
    sessions.revoke(request.principal.session_id)
    log.info("signed_out")
    return Answer(None)


@endpoint(bp, "/v1/auth/me", "GET", roles=ROLES, initial_password=True)
def me(request: ApiRequest) -> Answer[Me]:
    """The user of the token."""
    return Answer(_me(request.user, request.tenant))


@endpoint(bp, "/v1/auth/password", "POST", roles=ROLES, initial_password=True, errors={Conflict, TooFast})
def change_password(request: ApiRequest, body: PasswordChange) -> Answer[TokenPair]:
    """Sets a new password, ends all sessions of the user, and returns the tokens of a new session."""
    return Answer(
        login.change_password(
            request.tenant,
            request.user,
            current_password=body.current_password,
            new_password=body.new_password,
            address=request.address,
            user_agent=request.headers.get("user-agent"),
        )
    )


def _me(user: User, tenant: Tenant) -> Me:
    return {
        "id": user.id,
        "username": user.username,
        "name": user.name,
        "role": user.role,
        "driver_id": user.driver_id,
        "customer_id": user.customer_id,
        "password_change": password_change(user),
        "totp": user.totp_salt is not None,
        "tenant": {
            "id": tenant.id,
            "name": tenant.name,
            "kind": tenant.kind,
            "time_zone": tenant.time_zone,
            "currency": tenant.currency,
        },
    }
