"""`/v1/t/{qr}`: what a phone's camera opens at a table.

The menu to read, as plain HTML for any phone; it leads those that can to the page where guests order.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from chalice.app import Blueprint

from chalicelib.api import link_pages
from chalicelib.api.http import Answer, ApiRequest, endpoint
from chalicelib.api.links import HTML, LEADING, language_of
from chalicelib.api.media import Html
from chalicelib.auth import table_codes
from chalicelib.auth.guests import open_table
from chalicelib.clock import now
from chalicelib.errors import Forbidden, Unauthenticated
from chalicelib.models.dining_table import DiningTable
from chalicelib.records.opening_hours import opening_of
from chalicelib.records.products import MenuSection, menu_of

bp = Blueprint(__name__)

_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "zh-TW": {"table": "桌號", "closed": "目前非供餐時間。", "sold_out": "售完"},
    "en": {"table": "Table", "closed": "We are closed at present.", "sold_out": "sold out"},
}


@endpoint(
    bp, "/v1/t/{qr}", "GET", roles=None, refuses={Unauthenticated, Forbidden}, parts={"qr": table_codes.Code}
)
def show(request: ApiRequest) -> Answer[Html]:
    """The menu at a table. Opening it changes nothing: cameras and previews open addresses to look."""
    language, at = language_of(request), now()
    try:
        table, tenant = open_table(request.path["qr"], at)
    except (Unauthenticated, Forbidden) as refusal:
        return Answer(link_pages.over(language), refusal.status, HTML)
    content = _content(table, menu_of(tenant.id), language, open_now=opening_of(tenant, at).open_now)
    return Answer(link_pages.page_of(tenant.name, content, language, live=True), headers=LEADING)


def _content(table: DiningTable, sections: Sequence[MenuSection], language: str, *, open_now: bool) -> str:
    words = _WORDS[language]
    parts = [f'<p class="now">{words["table"]} {escape(table.number)}</p>']
    if not open_now:
        parts.append(f'<p role="status">{words["closed"]}</p>')
    for section in sections:
        if section.category:
            parts.append(f"<h2>{escape(section.category)}</h2>")
        rows = (
            f"<dt>{escape(item.name)}</dt><dd>{item.unit_price if item.available else words['sold_out']}</dd>"
            for item in section.items
        )
        parts.append(f"<dl>{''.join(rows)}</dl>")
    return "".join(parts)
