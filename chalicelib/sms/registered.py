"""Finds links and phone numbers in SMS texts, which the sender must have registered.

Taiwan's carriers drop SMS with links or phone numbers that the sender has not registered (NCC, 2024-11-18). Phones
recognise more texts as links than the carriers describe, so everything that looks like a link counts as one.
"""

import re
import unicodedata
from collections.abc import Collection
from functools import cache
from typing import Final

from chalicelib.core.phones import REGION

_COMMON: Final = (
    "com|net|org|info|biz|tw|cn|hk|jp|io|cc|me|co|ly|gl|app|dev|link|shop|store|site|online|xyz|top|club|vip"
)
# Chinese top-level domains registered with IANA and used in Taiwan, Hong Kong, Singapore or China.
_CHINESE: Final = (
    "台灣|台湾|中國|中国|香港|新加坡|公司|网络|網路|網址|网址|网站|商城|商店|网店|在线|集团|手机|组织机构"
)
_REST: Final = r"""[^\s，。！？、；：「」『』（）()<>"']*"""
_LINK: Final = rf"""
    # A scheme or `www.`.
    (?: [a-z][a-z0-9+.-]*:// | www\. ) {_REST}
    # An address of four numbers.
    | (?<![a-z0-9.]) [0-9]{{1,3}} (?:\.[0-9]{{1,3}}){{3}} (?![a-z0-9]|\.[0-9]) (?: [/?:] {_REST} )?
    # A host with at least one letter before its ending, whatever the ending: new ones are sold each year. Perhaps
    # with a name to sign in with, where a path follows; without one that is an email address.
    | (?<![a-z0-9@.-]) (?:[a-z0-9-]+\.)*? [a-z0-9-]*[a-z][a-z0-9-]*\. (?:[a-z0-9-]+\.)*
      (?: [a-z]{{2,}} | xn--[a-z0-9-]+ )
      (?![a-z0-9@-]) (?: [/?:] {_REST} )?
    | (?<![a-z0-9@.-]) [a-z0-9.+_-]+ @ (?:[a-z0-9-]+\.)+ [a-z]{{2,}} [/?:] {_REST}
    # A host of numbers alone, like 163.com. Not each ending: a text may have a list, `1.Open the valve`.
    | (?<![a-z0-9@.-]) (?:[0-9-]+\.)+ (?: [a-z]{{2,}} (?=[/?:]) {_REST} | (?:{_COMMON}) (?![a-z0-9-]) )
    # A host in Chinese.
    | [\u3400-\u9fff][\u3400-\u9fff0-9a-z-]* \. (?: (?:{_COMMON}) (?![a-z0-9-]) | {_CHINESE} ) (?: [/?:] {_REST} )?
    | (?<![a-z0-9@.-]) [a-z0-9-]+ \. (?: {_CHINESE} ) (?: [/?:] {_REST} )?
    """
# Host and path. A part before an `@` is a user name; the host follows it.
_PARTS: Final = r"(?s)(?:[^/?#]*@)?([^/?#]*)/?([^?#]*).*"
# No valid number of Taiwan has fewer digits; texts with fewer do not load the library.
_FEWEST_DIGITS: Final = 8


@cache
def _links() -> re.Pattern[str]:
    """The pattern of links, compiled on first use, because it takes some milliseconds of a cold start."""
    return re.compile(_LINK, re.VERBOSE | re.IGNORECASE)


def links_in(text: str) -> list[str]:
    """All texts that phones may show as links, normalised."""
    return _links().findall(_plain(text))


def numbers_in(text: str) -> list[str]:
    """The phone numbers of Taiwan in a text, as E.164."""
    plain = _plain(text)
    if sum(map(str.isdigit, plain)) < _FEWEST_DIGITS:
        return []
    import phonenumbers  # noqa: PLC0415 - see chalicelib/core/phones.py

    found = phonenumbers.PhoneNumberMatcher(plain, REGION, leniency=phonenumbers.Leniency.VALID)
    return [str(phonenumbers.format_number(each.number, phonenumbers.PhoneNumberFormat.E164)) for each in found]


def is_allowed_link(link: str, allowed: Collection[str]) -> bool:
    """Whether a link of `links_in` has an allowed host, and path if the entry has one."""
    host, path = re.fullmatch(_PARTS, link.split("://", 1)[-1]).groups()  # type: ignore[union-attr]  # matches any text
    for entry in allowed:
        its_host, _, beginning = entry.partition("/")
        if host.lower() == its_host and (not beginning or f"{path}/".startswith(f"{beginning}/")):
            return True
    return False


def _plain(text: str) -> str:
    """Normalises texts that a phone shows alike: full width, invisible characters, and other characters for a dot.

    https://www.rfc-editor.org/rfc/rfc3490#section-3.1 lists the dots. An ideographic full stop without a letter or
    digit of a host on both sides ends a sentence.
    """
    visible = "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")
    return re.sub(r"(?<=[A-Za-z0-9])。(?=[A-Za-z0-9])", ".", visible)
