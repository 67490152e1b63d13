"""The live pages of guests, rendered on the server before any script runs.

`console/track.html` and `console/table.html` are the documents. The server renders the same elements and texts as
their scripts, so that nothing changes on the screen when the script starts. Both read their texts from
words/*.json; tests/browser compares both results.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec

from chalicelib.api.console import render
from chalicelib.api.http import Answer
from chalicelib.api.markup import Markup, h, joined
from chalicelib.api.media import Html
from chalicelib.api.request import ApiRequest
from chalicelib.core.clock import from_wire, time_zone
from chalicelib.models.tenant import Tenant

_FOLDER: Final = Path(__file__).parent / "words"
_RENEWED: Final = {"zh-TW": "此頁每 20 秒自動更新。", "en": "This page renews itself every 20 seconds."}
_WEEKDAYS: Final = {
    "zh-TW": ("週一", "週二", "週三", "週四", "週五", "週六", "週日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
# From CLDR. For other currencies the script shows the symbol, and the server shows the code.
_SYMBOLS: Final = {("zh-TW", "TWD"): "$", ("en", "TWD"): "NT$"}
# Copied from icons.js.
ICONS: Final[Mapping[str, str]] = {
    "flame": "M12 3c.6 3-3.9 5.3-4.7 9.3A5.6 5.6 0 0 0 12 20a5.6 5.6 0 0 0 5.1-7.4c-.5-1.7-1.5-2.6-1.8-4.3"
    "-1 .6-1.6 1.6-1.6 2.8C12.4 9.300 13.300 6 12 3Z",
    "check": "M5 12.500l4.500 4.500L19 7.500",
    "inbox": "M3.500 13.500 6 5.500h12l2.500 8M3.500 13.500v5h17v-5M3.500 13.500H8l1.500 2.500h5l1.500-2.500"
    "h4.500",
}


def language_of(request: ApiRequest) -> str:
    """The language of a guest's page: English if `Accept-Language` starts with it, otherwise Chinese."""
    return "en" if request.headers.get("accept-language", "").lower().startswith("en") else "zh-TW"


@cache
def shared_words(name: str) -> Any:
    """The texts that the server and the script of a page share: words/{name}.json, by language."""
    return msgspec.json.decode((_FOLDER / f"{name}.json").read_bytes())


class Formats:
    """Formats times and amounts as format.js does."""

    def __init__(self, tenant: Tenant, language: str) -> None:
        self._zone = time_zone(tenant.time_zone)
        self._currency = tenant.currency
        self._language = language

    def clock(self, time: str) -> str:
        """`14:05`. time: UTC, as stored."""
        return f"{self._local(time):%H:%M}"

    def day(self, time: str) -> str:
        """`11/30（週一）`, `Mon, 11/30`."""
        at = self._local(time)
        weekday, date = _WEEKDAYS[self._language][at.weekday()], f"{at.month}/{at.day}"
        return f"{date}（{weekday}）" if self._language == "zh-TW" else f"{weekday}, {date}"

    def money(self, amount: str) -> str:
        """`$1,250`. amount: decimal text."""
        symbol = _SYMBOLS.get((self._language, self._currency), f"{self._currency}\u00a0")
        return f"{symbol}{Decimal(amount):,}"

    def _local(self, time: str) -> datetime:
        return from_wire(time).astimezone(self._zone)


def icon(name: str) -> Markup:
    """A decorative icon."""
    path = h("path", {"d": ICONS[name]})
    return h("svg", {"class": "icon", "viewBox": "0 0 24 24", "aria-hidden": "true"}, path)


def live_page(name: str, tenant: Tenant, language: str, title: str, *content: Markup | None) -> Answer[Html]:
    """A guest's page with its content. title: of the window; the tenant's name is appended."""
    frame = h(
        "div",
        {"class": "guest"},
        h(
            "header",
            {"class": "guest-bar"},
            icon("flame"),
            h("strong", {"class": "grow"}, h("bdi", {}, tenant.name)),
        ),
        h(
            "div",
            {"class": "guest-state"},
            h("noscript", {}, h("span", {"class": "badge"}, _RENEWED[language])),
        ),
        h("main", {"class": "guest-main"}, joined(content)),
    )
    # The path contains a secret code, which must not be sent on as a referrer.
    return render(name, language, f"{title} · {tenant.name}", frame, {"Referrer-Policy": "no-referrer"})
