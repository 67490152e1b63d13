"""A tenant's SMS texts: its own ones, otherwise the defaults."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from msgspec import Struct, UnsetType
from pynamodb.expressions.update import Action

from chalicelib.auth.principal import ADMIN, STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.core import clock
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Conflict, Invalid, NotFound
from chalicelib.core.fields import WireTime, one_of, phone
from chalicelib.core.logs import log
from chalicelib.models.sms_template import SmsTemplate
from chalicelib.models.tenant import Tenant
from chalicelib.orders.status import STEPS, OrderStatus
from chalicelib.sms.segments import segments
from chalicelib.sms.templates import LANGUAGES, check_template, default_text


class TemplateView(Struct):
    """The text of a status in a language: the tenant's own or the default. With an empty one no SMS is sent."""

    status: OrderStatus
    language: Annotated[str, one_of(LANGUAGES)]
    text: str
    default: str
    is_own: bool
    is_sent: bool
    segments: int
    updated_at: WireTime | None
    updated_by: str | None


class Texts(Struct, frozen=True):
    """own: by `status.language`."""

    tenant: Tenant
    own: Mapping[str, SmsTemplate]

    def cover(self, status: str) -> bool:
        """Whether SMS are sent for this status in any language."""
        return any(self.choose(status, language) is not None for language in LANGUAGES)

    def choose(self, status: str, language: str | None) -> tuple[str, str] | None:
        """The text for a status and its language; None if no SMS is sent.

        In the customer's language, otherwise in the tenant's. A tenant's own text has priority over the default;
        an empty one turns off SMS for the status and language. An own text that is no longer valid is ignored: a
        customer must not receive `{oder_number}`.
        """
        for each in dict.fromkeys((language or self.tenant.language, self.tenant.language)):
            row = self.own.get(f"{status}.{each}")
            text = self._usable(row) if row is not None else None
            if text is None:
                text = default_text(self.tenant.kind, status, each)
            if text is not None:
                return (text, each) if text else None
        return None

    def _usable(self, row: SmsTemplate) -> str | None:
        try:
            check_template(row.text, self.tenant.sms_allowed_links or [], self.tenant.sms_allowed_numbers)
        except Invalid as error:
            log.error("sms_template_unusable", extra={"template": row.key, "error": error.code})
            return None
        return str(row.text)


@rule(roles=STAFF)
def previewed_text(
    _principal: Principal, tenant: Tenant, status: str, language: str | None, text: str | None
) -> tuple[str, str]:
    """The text to preview and its language: `text`, or the current one of the status. Raises Invalid."""
    if text is not None:
        _check(text, tenant)
        return text, language or tenant.language
    return texts_of(tenant).choose(status, language) or ("", tenant.language)


def texts_of(tenant: Tenant) -> Texts:
    """The tenant's current texts: one query."""
    return Texts(tenant, {row.key: row for row in SmsTemplate.query(tenant.id, consistent_read=True)})


@rule(roles=STAFF)
def list_templates(_principal: Principal, tenant: Tenant) -> list[TemplateView]:
    """Every status of the tenant's kind in every language, with its text or none."""
    own = texts_of(tenant).own
    return [
        _view(tenant, own.get(f"{status}.{language}"), status, language)
        for status in STEPS[tenant.kind]
        for language in LANGUAGES
    ]


@rule(roles={ADMIN})
def save_template(
    principal: Principal, tenant: Tenant, status: str, language: str, text: str, *, now: datetime
) -> TemplateView:
    """Stores the tenant's own text; an empty one sends no SMS. Raises NotFound and Invalid."""
    _check_place(tenant, status, language)
    _check(text, tenant)
    key = f"{status}.{language}"
    row = SmsTemplate(tenant.id, key, text=text, updated_at=clock.wire(now), updated_by=principal.user_id)
    row.save()
    return _view(tenant, row, status, language)


@rule(roles={ADMIN})
def reset_template(_principal: Principal, tenant: Tenant, status: str, language: str) -> None:
    """Deletes the tenant's own text. Raises NotFound for an unknown status or language."""
    _check_place(tenant, status, language)
    SmsTemplate(tenant.id, f"{status}.{language}").delete()


@rule(roles={ADMIN})
def change_settings(
    _principal: Principal,
    tenant: Tenant,
    *,
    language: str | UnsetType,
    price: Decimal | None | UnsetType,
    links: Sequence[str] | UnsetType,
    numbers: Sequence[str] | UnsetType,
    daily_cap: int | None | UnsetType,
) -> None:
    """Writes the given settings. price: None for not known. daily_cap: None for the default.

    Raises Invalid, and Conflict `link_in_use` or `number_in_use` if an own text still uses a removed entry.
    """
    actions: list[Action] = []
    if not isinstance(language, UnsetType):
        actions.append(Tenant.language.set(language))
    if not isinstance(price, UnsetType):
        actions.append(Tenant.sms_price.remove() if price is None else Tenant.sms_price.set(price))
    if not isinstance(links, UnsetType):
        tenant.sms_allowed_links = [_entry(n, link) for n, link in enumerate(links)]
        actions.append(Tenant.sms_allowed_links.set(tenant.sms_allowed_links))
    if not isinstance(numbers, UnsetType):
        tenant.sms_allowed_numbers = [phone(f"allowed_numbers.{n}", text) for n, text in enumerate(numbers)]
        actions.append(Tenant.sms_allowed_numbers.set(tenant.sms_allowed_numbers))
    if not isinstance(daily_cap, UnsetType):
        actions.append(Tenant.sms_daily_cap.remove() if daily_cap is None else Tenant.sms_daily_cap.set(daily_cap))
    _refuse_taking_used(tenant)
    if actions:
        tenant.update(actions, condition=Tenant.id.exists())


def _entry(n: int, link: str) -> str:
    """Host, with an optional port and beginning of a path; the host in lower case."""
    host, slash, path = link.strip().removeprefix("https://").removeprefix("http://").partition("/")
    if not host or not all(part.isascii() and (part.isalnum() or part in "-.:") for part in host):
        raise Invalid((f"allowed_links.{n}", "a host, or a host with the beginning of a path: gas.example/track"))
    return f"{host.lower()}{slash}{path}".rstrip("/")


def _refuse_taking_used(tenant: Tenant) -> None:
    """Raises Conflict if an own text uses a link or number that the tenant's new lists do not allow."""
    for key, row in texts_of(tenant).own.items():
        try:
            check_template(row.text, tenant.sms_allowed_links or [], tenant.sms_allowed_numbers)
        except Invalid as error:
            detail = f"The text {key} needs what is not in the list: change it first."
            if error.code == ErrorCode.LINK_NOT_ALLOWED:
                raise Conflict(detail, code=ErrorCode.LINK_IN_USE) from error
            if error.code == ErrorCode.NUMBER_NOT_ALLOWED:
                raise Conflict(detail, code=ErrorCode.NUMBER_IN_USE) from error


def _check(text: str, tenant: Tenant) -> None:
    check_template(text, tenant.sms_allowed_links or [], tenant.sms_allowed_numbers or [])


def _check_place(tenant: Tenant, status: str, language: str) -> None:
    if status not in STEPS[tenant.kind] or language not in LANGUAGES:
        raise NotFound("There is no such template.")


def _view(tenant: Tenant, row: SmsTemplate | None, status: str, language: str) -> TemplateView:
    default = default_text(tenant.kind, status, language)
    text = default if row is None else row.text
    return TemplateView(
        status=status,
        language=language,
        text=text or "",
        default=default or "",
        is_own=row is not None,
        is_sent=bool(text),
        segments=segments(text or ""),
        updated_at=row.updated_at if row is not None else None,
        updated_by=row.updated_by if row is not None else None,
    )
