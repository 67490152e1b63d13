"""`/v1/notifications/templates` and `…/settings`: what a tenant's texts say."""

from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from chalice.app import Blueprint
from msgspec import UNSET, Meta, UnsetType

from chalicelib.api.http import Answer, ApiRequest, endpoint
from chalicelib.auth.principal import ADMIN, STAFF
from chalicelib.clock import now
from chalicelib.errors import Invalid
from chalicelib.fields import Id, ShortText, money, money_text
from chalicelib.models.tenant import Tenant
from chalicelib.orders.access import visible_order
from chalicelib.sms import own_templates, templates
from chalicelib.sms.history import cost
from chalicelib.sms.segments import segments

bp = Blueprint(__name__)

Language = Literal["zh-TW", "en"]
# Six segments of Chinese; line breaks are the only control characters.
TemplateText = Annotated[str, Meta(max_length=400, pattern=r"^[^\x00-\x09\x0b-\x1f\x7f]*\Z")]


class TemplateDraft(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A text; an empty one means that none is sent."""

    text: TemplateText


class PreviewDraft(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What to show: a text, or the one in use for the status; with an order's values or with samples."""

    status: ShortText = "confirmed"
    language: Language | None = None
    text: TemplateText | None = None
    order_id: Id | None = None


class SettingsPatch(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What is left out stays. price_per_segment: in the tenant's currency, null where it is not known."""

    language: Language | UnsetType = UNSET
    price_per_segment: Decimal | None | UnsetType = UNSET
    allowed_links: Annotated[list[ShortText], Meta(max_length=20)] | UnsetType = UNSET


_SAMPLE = {
    "order_number": "ORD-261122120000-A1B2",
    "scheduled_date": "2026-11-23",
    "customer_name": "王小明",
    "address": "台北市信義區市府路1號",
    "estimated_time": "30",
}


@endpoint(bp, "/v1/notifications/templates", "GET", roles=STAFF)
def list_(request: ApiRequest) -> Answer[Any]:
    return Answer({"items": own_templates.list_templates(request.tenant), "next_cursor": None})


@endpoint(bp, "/v1/notifications/templates/{status}/{language}", "PUT", roles={ADMIN})
def save(request: ApiRequest) -> Answer[Any]:
    saved = own_templates.save_template(
        request.tenant,
        request.path["status"],
        request.path["language"],
        request.body(TemplateDraft).text,
        by=request.principal.user_id,
        now=now(),
    )
    return Answer(saved)


@endpoint(bp, "/v1/notifications/templates/{status}/{language}", "DELETE", roles={ADMIN})
def reset(request: ApiRequest) -> Answer[Any]:
    """Back to the default."""
    own_templates.reset_template(request.tenant, request.path["status"], request.path["language"])
    return Answer(None, 204)


@endpoint(bp, "/v1/notifications/preview", "POST", roles=STAFF)
def preview(request: ApiRequest) -> Answer[Any]:
    """How a text comes out, in how many segments, at what cost. A text that saving would refuse is refused."""
    draft = request.body(PreviewDraft)
    text, language = _chosen(request.tenant, draft)
    values: dict[str, str | None] = {**_SAMPLE, "status": templates.STATUS_NAMES[language].get(draft.status)}
    if draft.order_id is not None:
        values = templates.order_values(visible_order(request.principal, draft.order_id), language)
    for name in templates.LINK_VARIABLES:
        values[name] = templates.sample_link()
    shown = templates.render(text, values, language)
    price = cost(request.tenant, segments(shown))
    return Answer(
        {
            "text": shown,
            "language": language,
            "segments": segments(shown),
            "cost": None if price is None else money_text(price),
            "currency": request.tenant.currency,
        }
    )


@endpoint(bp, "/v1/notifications/settings", "GET", roles=STAFF)
def show_settings(request: ApiRequest) -> Answer[Any]:
    return Answer(_settings_view(request.tenant))


@endpoint(bp, "/v1/notifications/settings", "PATCH", roles={ADMIN})
def change_settings(request: ApiRequest) -> Answer[Any]:
    patch = request.body(SettingsPatch)
    if isinstance(patch.price_per_segment, Decimal):
        money("price_per_segment", patch.price_per_segment)
    own_templates.change_settings(
        request.tenant,
        language=patch.language,
        price=patch.price_per_segment,
        links=patch.allowed_links,
    )
    return Answer(_settings_view(request.tenant))


def _chosen(tenant: Tenant, draft: PreviewDraft) -> tuple[str, str]:
    if draft.status not in templates.STATUS_NAMES["en"]:
        raise Invalid(("status", "not a status"))
    if draft.text is not None:
        templates.check_template(draft.text, tenant.sms_allowed_links or [])
        return draft.text, draft.language or tenant.language
    return own_templates.texts_of(tenant).choose(draft.status, draft.language) or ("", tenant.language)


def _settings_view(tenant: Tenant) -> dict[str, Any]:
    """Never the provider's key, nor where it lies."""
    return {
        "provider": tenant.sms.provider if tenant.sms is not None else None,
        "sender": tenant.sms.sender if tenant.sms is not None else None,
        "language": tenant.language,
        "price_per_segment": None if tenant.sms_price is None else money_text(tenant.sms_price),
        "currency": tenant.currency,
        "allowed_links": list(tenant.sms_allowed_links or []),
    }
