"""The pages behind short links: plain HTML for any phone, which lead those that can to the live ones."""

from collections.abc import Mapping
from html import escape
from typing import Final

from chalicelib.api.console import base_path
from chalicelib.models.order import Order
from chalicelib.sms.templates import STATUS_NAMES

_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "zh-TW": {
        "order": "訂單",
        "date": "預計日期",
        "minutes": "預計時間（分鐘）",
        "updated": "此頁每 20 秒自動更新。",
        "over_title": "連結已失效",
        "over": "此連結不存在或已失效。如有疑問，請與店家聯絡。",
        "stop_title": "簡訊通知",
        "stop_ask": "您不想再收到此店家的簡訊通知嗎？",
        "stop": "停止接收簡訊",
        "stopped": "您將不再收到此店家的簡訊通知。",
        "again": "重新接收簡訊",
    },
    "en": {
        "order": "Order",
        "date": "Expected on",
        "minutes": "Expected time (minutes)",
        "updated": "This page renews itself every 20 seconds.",
        "over_title": "This link is over",
        "over": "This link does not exist or is over. Please ask the shop.",
        "stop_title": "Text messages",
        "stop_ask": "Do you want no more text messages from this shop?",
        "stop": "Stop text messages",
        "stopped": "You will get no more text messages from this shop.",
        "again": "Get text messages again",
    },
}

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1d2733; --soft: #56616e; --paper: #f3f5f8; --card: #fff;
        --mark: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ecf1; --soft: #a5b0bd; --paper: #12171d; --card: #1c242d; --mark: #ff8a80; }
}
body { margin: 0; padding: 2rem 1rem; background: var(--paper); color: var(--ink);
       font: 17px/1.6 system-ui, "Noto Sans TC", sans-serif; }
main { max-width: 26rem; margin: 0 auto; padding: 1.5rem; background: var(--card); border-radius: 1rem;
       box-shadow: 0 1px 4px #0003; overflow-wrap: anywhere; }
h1 { margin: 0 0 .25rem; font-size: 1rem; color: var(--soft); font-weight: 500; }
.now { margin: .25rem 0 1rem; font-size: 1.8rem; font-weight: 700; color: var(--mark); }
dl { display: grid; grid-template-columns: auto 1fr; gap: .25rem 1rem; margin: 0; } dt { color: var(--soft); }
dd { margin: 0; font-variant-numeric: tabular-nums; } p.small { color: var(--soft); font-size: .85rem; }
button { width: 100%; min-height: 3rem; font: inherit; border: 0; border-radius: .75rem; background: var(--ink);
         color: var(--card); cursor: pointer; }
button:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
"""


def tracking(shop: str, order: Order, language: str) -> str:
    """Where the order is. Neither name, address nor number: a link may be passed on."""
    words = _WORDS[language]
    facts = {words["order"]: order.order_number}
    if order.scheduled_date:
        facts[words["date"]] = order.scheduled_date
    if order.estimated_time is not None:
        facts[words["minutes"]] = str(int(order.estimated_time))
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())
    status = STATUS_NAMES[language].get(order.status, order.status)
    return page_of(
        shop,
        f'<p class="now" role="status">{escape(status)}</p><dl>{rows}</dl><p class="small">{words["updated"]}</p>',
        language,
        refresh=True,
        live=True,
    )


def opt_out(shop: str, *, out: bool, language: str) -> str:
    """Asks whether texts are to stop, or says that they have."""
    words = _WORDS[language]
    text, button, query = ("stopped", "again", "?again=1") if out else ("stop_ask", "stop", "?again=0")
    return page_of(
        shop,
        f'<p>{words[text]}</p><form method="post" action="{query}"><button>{words[button]}</button></form>',
        language,
    )


def over(language: str) -> str:
    """There is nothing behind this link."""
    words = _WORDS[language]
    return page_of(words["over_title"], f"<p>{words['over']}</p>", language)


def page_of(title: str, content: str, language: str, *, refresh: bool = False, live: bool = False) -> str:
    """A whole page; the content is HTML, the title text. live: browsers with modules go on to it."""
    again = '<meta http-equiv="refresh" content="20">' if refresh else ""
    # A redirect would leave out those whose browser is too old for the live page, or runs no scripts.
    lead = f'<script type="module" src="{base_path()}/static/console/guest/lead.js"></script>' if live else ""
    lang = "zh-Hant-TW" if language == "zh-TW" else language
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="robots" content="noindex">{again}{lead}'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{content}</main></body></html>"
    )
