"""The plain pages behind short links: opting out of SMS, and expired links. They load no other file."""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from typing import Final

_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "zh-TW": {
        "over_title": "連結已失效",
        "over": "此連結不存在或已失效。如有疑問，請與店家聯絡。",
        "stop_title": "簡訊通知",
        "stop_ask": "您不想再收到此店家的簡訊通知嗎？",
        "stop": "停止接收簡訊",
        "stopped": "您將不再收到此店家的簡訊通知。",
        "again": "重新接收簡訊",
    },
    "en": {
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
button { width: 100%; min-height: 3rem; font: inherit; border: 0; border-radius: .75rem; background: var(--ink);
         color: var(--card); cursor: pointer; }
button:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
"""


def opt_out(shop: str, *, out: bool, language: str) -> str:
    """The page that asks whether to stop SMS, or confirms that they have stopped. out: they have."""
    words = _WORDS[language]
    text, button, query = ("stopped", "again", "?again=1") if out else ("stop_ask", "stop", "?again=0")
    return _page_of(
        shop,
        f'<p>{words[text]}</p><form method="post" action="{query}"><button>{words[button]}</button></form>',
        language,
    )


def over(language: str) -> str:
    """The page of an expired or unknown link."""
    words = _WORDS[language]
    return notice(words["over_title"], words["over"], language)


def notice(title: str, text: str, language: str) -> str:
    """A page with one title and one text."""
    return _page_of(title, f"<p>{escape(text)}</p>", language)


def _page_of(title: str, content: str, language: str) -> str:
    """A whole page; the content is HTML, the title text."""
    lang = "zh-Hant-TW" if language == "zh-TW" else language
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="robots" content="noindex">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{content}</main></body></html>"
    )


_STYLE_HASH: Final = b64encode(sha256(_STYLE.encode()).digest()).decode()
HEADERS: Final[Mapping[str, str]] = {
    "Content-Type": "text/html; charset=utf-8",
    # No script, so that no text of a customer or a tenant can run as one.
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
}
