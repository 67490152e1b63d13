"""The number of segments of an SMS, which the carrier bills."""

from math import ceil
from typing import Final

# GSM 03.38: the basic alphabet, one septet each, and the extension table, two septets each.
_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = frozenset("^{}\\[~]|€\f")

# The capacity of a single message, and of each segment of a longer one, whose header takes six octets.
_SEPTETS: Final = (160, 153)
_UCS2_UNITS: Final = (70, 67)

_BEYOND_BMP: Final = 0x10000


def segments(text: str) -> int:
    """The segments of a text: GSM-7 if every character is in that alphabet, otherwise UCS-2. 0 for no text."""
    if all(character in _BASIC or character in _EXTENDED for character in text):
        return _parts(sum(2 if character in _EXTENDED else 1 for character in text), *_SEPTETS)
    return _parts(sum(2 if ord(character) >= _BEYOND_BMP else 1 for character in text), *_UCS2_UNITS)


def _parts(units: int, alone: int, joined: int) -> int:
    if units <= alone:
        return min(units, 1)
    return ceil(units / joined)
