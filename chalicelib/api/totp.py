"""`/v1/auth/totp`: admins turn codes of an authenticator app on and off for their own sign-ins."""

from typing import Annotated

import msgspec
from chalice.app import Blueprint
from msgspec import Meta

from chalicelib.api import qr_pictures
from chalicelib.api.http import Answer, endpoint
from chalicelib.api.request import ApiRequest
from chalicelib.auth import passwords, totp
from chalicelib.auth.principal import ADMIN, ROLES
from chalicelib.core.clock import now
from chalicelib.core.errors import Conflict, TooFast

bp = Blueprint(__name__)

Password = Annotated[str, Meta(min_length=1, max_length=passwords.MAX_LENGTH)]
Code = Annotated[str, Meta(min_length=1, max_length=64)]


class TotpStart(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The caller's own password."""

    current_password: Password


class TotpCode(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A code of the authenticator app."""

    code: Code


class TotpEnd(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The caller's own password, and a code of the app or a recovery code."""

    current_password: Password
    code: Code


class TotpSetup(msgspec.Struct):
    """The secret for the app (base32), and its QR code (SVG)."""

    secret: str
    qr_svg: str


class RecoveryCodes(msgspec.Struct):
    """Each code signs in once instead of the app. Only this answer contains them."""

    recovery_codes: list[str]


@endpoint(bp, "/v1/auth/totp/start", "POST", roles={ADMIN}, errors={Conflict, TooFast})
def start(request: ApiRequest, body: TotpStart) -> Answer[TotpSetup]:
    """Returns a secret for an authenticator app. It takes effect after a code of the app has confirmed it."""
    setup = totp.start(request.user, body.current_password, address=request.address, now=now())
    return Answer(TotpSetup(setup.secret, qr_pictures.svg(setup.uri)))


@endpoint(bp, "/v1/auth/totp/confirm", "POST", roles={ADMIN}, errors={Conflict, TooFast})
def confirm(request: ApiRequest, body: TotpCode) -> Answer[RecoveryCodes]:
    """Turns codes on: every sign-in after this needs one."""
    return Answer(RecoveryCodes(totp.confirm(request.user, body.code, now=now())))


@endpoint(bp, "/v1/auth/totp/remove", "POST", roles=ROLES, status=204, errors={Conflict, TooFast})
def remove(request: ApiRequest, body: TotpEnd) -> Answer[None]:
    """Turns codes off."""
    totp.turn_off(request.user, body.current_password, body.code, address=request.address, now=now())
    return Answer(None)
