"""`/v1/t/{qr}`: the page behind a table's QR code, where guests order, with the menu in it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from chalice.app import Blueprint

from chalicelib.api import link_pages
from chalicelib.api.guest_pages import Formats, icon, language_of, live_page, shared_words
from chalicelib.api.http import Answer, endpoint
from chalicelib.api.markup import Markup, h
from chalicelib.api.media import Html
from chalicelib.api.request import ApiRequest
from chalicelib.auth import table_codes
from chalicelib.auth.guests import open_table
from chalicelib.core.clock import now, wire
from chalicelib.core.errors import Forbidden, Unauthenticated
from chalicelib.records.opening_hours import Opening, opening_of
from chalicelib.records.products import MenuItem, MenuSection, menu_of

bp = Blueprint(__name__)

# A menu with one section needs no buttons for sections.
_ONE: Final = 1


@endpoint(
    bp, "/v1/t/{qr}", "GET", roles=None, errors={Unauthenticated, Forbidden}, path_types={"qr": table_codes.Code}
)
def show(request: ApiRequest) -> Answer[Html]:
    """The menu at a table. Opening it changes nothing, because cameras open URLs to preview them."""
    language, at = language_of(request), now()
    words: Mapping[str, str] = shared_words("menu")[language]
    try:
        table, tenant = open_table(request.path["qr"], at)
    except Unauthenticated as refusal:
        page = link_pages.notice(words["scanAgain"], words["scanAgainText"], language)
        return Answer(page, refusal.status, link_pages.HEADERS)
    except Forbidden as refusal:
        return Answer(link_pages.over(language), refusal.status, link_pages.HEADERS)
    title, format_ = words["table"].replace("{number}", table.number), Formats(tenant, language)
    return live_page(
        "table",
        tenant,
        language,
        title,
        h("h1", {}, h("bdi", {}, title)),
        _closed(opening_of(tenant, at), format_, words, at),
        _menu(menu_of(tenant.id), format_, words),
    )


def _closed(opening: Opening, format_: Formats, words: Mapping[str, str], at: datetime) -> Markup | None:
    if opening.open_now:
        return None
    text = words["closed"]
    if opening.opens_at is not None:
        opens, today = format_.day(opening.opens_at), format_.day(wire(at))
        time = format_.clock(opening.opens_at)
        text = words["closedUntil"].replace("{time}", time if opens == today else f"{opens} {time}")
    return h("p", {"class": "notice amber", "role": "status"}, text)


def _menu(sections: Sequence[MenuSection], format_: Formats, words: Mapping[str, str]) -> Markup:
    """The menu as console/table/menu.js draws it, except that links instead of buttons lead to the sections."""
    if not sections:
        nothing = (h("h2", {}, words["noDishes"]), h("p", {"class": "soft"}, words["noDishesText"]))
        return h("div", {"class": "stack"}, h("div", {"class": "blank"}, icon("inbox"), *nothing))
    titles = [section.category or words["others"] for section in sections]
    links = (
        h("a", {"class": "category", "href": f"#section-{n}"}, h("bdi", {}, title))
        for n, title in enumerate(titles)
    )
    parts = (
        h(
            "section",
            {"class": "menu-section"},
            h("h2", {"id": f"section-{n}"}, h("bdi", {}, title)),
            h("ul", {"class": "dishes"}, *(_dish(item, format_, words) for item in section.items)),
        )
        for n, (title, section) in enumerate(zip(titles, sections, strict=True))
    )
    nav = (
        h("nav", {"class": "categories", "aria-label": words["categories"]}, *links)
        if len(titles) > _ONE
        else None
    )
    return h("div", {"class": "stack"}, nav, *parts)


def _dish(item: MenuItem, format_: Formats, words: Mapping[str, str]) -> Markup:
    return h(
        "li",
        {"class": "dish", "data-dish": item.id},
        h(
            "div",
            {"class": "grow"},
            h("h3", {}, h("bdi", {}, item.name)),
            h("p", {"class": "soft dish-text"}, h("bdi", {}, item.description)) if item.description else None,
            h("p", {"class": "number dish-price"}, format_.money(item.unit_price)),
        ),
        # Reserves the space of the script's buttons.
        h("div", {"class": "stepper"})
        if item.available
        else h("span", {"class": "badge amber"}, words["soldOut"]),
    )
