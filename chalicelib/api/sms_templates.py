"""`/v1/notifications/templates` and `…/settings`: a tenant's SMS texts and settings."""

from decimal import Decimal
from typing import Annotated, Final, Literal

import msgspec
from chalice.app import Blueprint
from msgspec import UNSET, Meta, UnsetType

from chalicelib.api.http import Answer, endpoint
from chalicelib.api.pages import Page
from chalicelib.api.request import ApiRequest
from chalicelib.auth.principal import ADMIN, STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.clock import now
from chalicelib.core.errors import Conflict, Invalid, NotFound
from chalicelib.core.fields import CONTROLS, Id, ShortText, money, money_text, one_of
from chalicelib.models.tenant import Tenant
from chalicelib.orders.access import visible_order
from chalicelib.orders.status import STATUSES, OrderStatus
from chalicelib.sms import own_templates, templates
from chalicelib.sms.caps import LARGEST_OF_TENANT, daily_cap
from chalicelib.sms.history import cost
from chalicelib.sms.providers import PROVIDERS
from chalicelib.sms.queueing import customer_of
from chalicelib.sms.segments import segments

bp = Blueprint(__name__)

Language = Literal["zh-TW", "en"]
# Six segments of Chinese; line breaks are the only control characters.
TemplateText = Annotated[str, Meta(max_length=400, pattern=rf"^[^{CONTROLS}\t]*\Z")]


class TemplateDraft(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The text of an SMS; if it is empty, none is sent."""

    text: TemplateText


class PreviewDraft(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The text to preview, or the current one of the status; with the values of an order or with samples."""

    status: Annotated[ShortText, one_of(STATUSES)] = "confirmed"
    language: Language | None = None
    text: TemplateText | None = None
    order_id: Id | None = None


class SettingsPatch(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Absent fields do not change. price_per_segment: in the tenant's currency, null if it is not known.

    daily_cap: SMS per local day, null for the default.
    """

    language: Language | UnsetType = UNSET
    price_per_segment: Decimal | None | UnsetType = UNSET
    allowed_links: Annotated[list[ShortText], Meta(max_length=20)] | UnsetType = UNSET
    daily_cap: Annotated[int, Meta(ge=1, le=LARGEST_OF_TENANT)] | None | UnsetType = UNSET
    allowed_numbers: Annotated[list[ShortText], Meta(max_length=20)] | UnsetType = UNSET


class Preview(msgspec.Struct):
    """The SMS as it would be sent. cost: decimal text, null if the tenant's settings have no price per segment."""

    text: str
    language: Annotated[str, one_of(templates.LANGUAGES)]
    segments: int
    cost: str | None
    currency: str


class SettingsView(msgspec.Struct):
    """Has neither the provider's key nor its location. daily_cap: SMS per local day; more are skipped."""

    provider: Annotated[str, one_of(PROVIDERS)] | None
    sender: str | None
    language: Annotated[str, one_of(templates.LANGUAGES)]
    price_per_segment: str | None
    currency: str
    allowed_links: list[str]
    daily_cap: int
    allowed_numbers: list[str]


_OF_STATUS: Final = "/v1/notifications/templates/{status}/{language}"
_PATH_TYPES: Final = {"status": OrderStatus, "language": Language}

_SAMPLE = {
    "order_number": "ORD-261122120000-A1B2",
    "scheduled_date": "2026-11-23",
    "customer_name": "王小明",
    "address": "台北市信義區市府路1號",
    "estimated_time": "30",
}


@endpoint(bp, "/v1/notifications/templates", "GET", roles=STAFF)
def list_(request: ApiRequest) -> Answer[Page[own_templates.TemplateView]]:
    """The SMS texts of every status and language."""
    return Answer(Page(own_templates.list_templates(request.principal, request.tenant), None))


@endpoint(bp, _OF_STATUS, "PUT", roles={ADMIN}, errors={NotFound}, path_types=_PATH_TYPES)
def save(request: ApiRequest, body: TemplateDraft) -> Answer[own_templates.TemplateView]:
    """Stores the tenant's own text for a status."""
    saved = own_templates.save_template(
        request.principal,
        request.tenant,
        request.path["status"],
        request.path["language"],
        body.text,
        now=now(),
    )
    return Answer(saved)


@endpoint(bp, _OF_STATUS, "DELETE", roles={ADMIN}, status=204, errors={NotFound}, path_types=_PATH_TYPES)
def reset(request: ApiRequest) -> Answer[None]:
    """Deletes the tenant's own text; the default is used again."""
    own_templates.reset_template(
        request.principal, request.tenant, request.path["status"], request.path["language"]
    )
    return Answer(None)


@endpoint(bp, "/v1/notifications/preview", "POST", roles=STAFF, errors={NotFound})
def preview(request: ApiRequest, body: PreviewDraft) -> Answer[Preview]:
    """The SMS of a text, its segments and its cost. Refuses the same texts as saving does."""
    if body.status not in templates.STATUS_NAMES["en"]:
        raise Invalid(("status", "not a status"))
    text, language = own_templates.previewed_text(
        request.principal, request.tenant, body.status, body.language, body.text
    )
    values: dict[str, str | None] = {**_SAMPLE, "status": templates.STATUS_NAMES[language].get(body.status)}
    if body.order_id is not None:
        order = visible_order(request.principal, body.order_id)
        values = templates.order_values(order, language, customer_of(order))
    for name in templates.LINK_VARIABLES:
        values[name] = templates.sample_link()
    shown = templates.render(text, values, language)
    price = cost(request.tenant, segments(shown))
    return Answer(
        Preview(
            text=shown,
            language=language,
            segments=segments(shown),
            cost=None if price is None else money_text(price),
            currency=request.tenant.currency,
        )
    )


@endpoint(bp, "/v1/notifications/settings", "GET", roles=STAFF)
def show_settings(request: ApiRequest) -> Answer[SettingsView]:
    """Provider, language, price, allowed links and phone numbers."""
    return Answer(_settings_view(request.principal, request.tenant))


@endpoint(bp, "/v1/notifications/settings", "PATCH", roles={ADMIN}, errors={Conflict})
def change_settings(request: ApiRequest, body: SettingsPatch) -> Answer[SettingsView]:
    """Changes the settings; absent fields do not change."""
    price = body.price_per_segment
    if isinstance(price, Decimal):
        price = money("price_per_segment", price)
    own_templates.change_settings(
        request.principal,
        request.tenant,
        language=body.language,
        price=price,
        links=body.allowed_links,
        daily_cap=body.daily_cap,
        numbers=body.allowed_numbers,
    )
    return Answer(_settings_view(request.principal, request.tenant))


@rule(roles=STAFF)
def _settings_view(_principal: Principal, tenant: Tenant) -> SettingsView:
    return SettingsView(
        provider=tenant.sms.provider if tenant.sms is not None else None,
        sender=tenant.sms.sender if tenant.sms is not None else None,
        language=tenant.language,
        price_per_segment=None if tenant.sms_price is None else money_text(tenant.sms_price),
        currency=tenant.currency,
        allowed_links=list(tenant.sms_allowed_links or []),
        daily_cap=daily_cap(tenant),
        allowed_numbers=list(tenant.sms_allowed_numbers or []),
    )
