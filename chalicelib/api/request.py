"""The request that a view receives: the caller, the client's address, and the parsed body, query and headers."""

from collections.abc import Mapping
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from chalicelib.api.form import FORM, parse_form
from chalicelib.api.wire import bearer_token
from chalicelib.auth.live import Live, verify_live, verify_token
from chalicelib.auth.principal import Principal
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import BadRequest, Forbidden, TooLarge, Unauthenticated, Unavailable, UnsupportedMedia
from chalicelib.core.fields import converted, invalid
from chalicelib.models.dining_table import DiningTable
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User

# An order of a hundred items is about 20 KB; a larger body is a mistake or an attack.
MAX_BODY_BYTES: Final = 128 * 1024

T = TypeVar("T")


class ApiRequest(Struct):
    """A request, authenticated if its endpoint has roles.

    path: the path's parameters. headers: case-insensitive. correlation_id: the client's, if it is a valid one.
    """

    path: Mapping[str, str]
    headers: Mapping[str, str]
    query_params: Mapping[str, str]
    raw_body: bytes
    correlation_id: str
    _address: str | None = None
    _principal: Principal | None = None
    _live: Live | None = None

    @property
    def principal(self) -> Principal:
        """The signed-in caller; only on endpoints with roles."""
        if self._principal is None:
            raise Unauthenticated("This needs an access token.")
        return self._principal

    @property
    def address(self) -> str:
        """The key of the client's address, for logs and limits (auth/source.py). Raises Unavailable."""
        if self._address is None:
            raise Unavailable("The keys for addresses cannot be read.")
        return self._address

    def is_from_staff(self) -> bool:
        """Whether the request has a valid token of staff, on an endpoint for everybody."""
        try:
            principal = verify_token(bearer_token(self.headers))
            verify_live(principal)
        except (Unauthenticated, Forbidden):
            return False
        return principal.is_staff

    @property
    def tenant(self) -> Tenant:
        """The caller's tenant, read for this request; not on endpoints with `trust_token`."""
        assert self._live is not None, "this endpoint trusts the token and has not read the tenant"  # noqa: S101
        return self._live.tenant

    @property
    def user(self) -> User:
        """The caller's row, read for this request; not on endpoints with `trust_token`, nor for guests."""
        assert self._live is not None and self._live.user is not None, "no user was read"  # noqa: S101, PT018
        return self._live.user

    @property
    def table(self) -> DiningTable | None:
        """The caller's table, read for this request; only for guests at a table."""
        return self._live.table if self._live else None

    def body(self, shape: type[T], form: type[T] | None = None) -> T:
        """The JSON body as `shape`, or a form body as `form`.

        Raises BadRequest, Invalid, TooLarge or UnsupportedMedia.
        """
        if len(self.raw_body) > MAX_BODY_BYTES:
            raise TooLarge(f"The body may have {MAX_BODY_BYTES} bytes at most.")
        content_type = self.headers.get("content-type", "application/json")
        media_type = content_type.partition(";")[0].strip().lower()
        if form is not None and media_type == FORM:
            return converted(parse_form(self.raw_body), form)
        if media_type != "application/json":
            raise UnsupportedMedia("Send application/json.")
        return decoded(self.raw_body, shape)

    def query(self, shape: type[T]) -> T:
        """The query string as `shape`. Raises Invalid."""
        return converted(dict(self.query_params), shape, strict=False)

    def named_headers(self, shape: type[T]) -> T:
        """The headers that `shape` has fields for, spelt as there. Raises Invalid."""
        names: tuple[str, ...] = shape.__struct_encode_fields__  # type: ignore[attr-defined]
        return converted({name: self.headers[name] for name in names if name in self.headers}, shape)


def decoded(raw: bytes | str, shape: type[T]) -> T:
    """JSON text as `shape`. Raises BadRequest `malformed_json` or Invalid with the field's path."""
    try:
        return msgspec.json.decode(raw, type=shape)
    except msgspec.ValidationError as error:
        raise invalid(error) from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadRequest("This is not valid JSON.", code=ErrorCode.MALFORMED_JSON) from error
