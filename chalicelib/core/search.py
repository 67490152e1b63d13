"""What a search compares: texts folded alike on both sides, numbers however they are typed."""

import unicodedata
from typing import Final

# Of separators between digits, so that 0912-345-678 is found however it is typed.
_BETWEEN_DIGITS: Final = str.maketrans("", "", "-() ")


def folded(*texts: str | None) -> str:
    """What a search compares: without case, width or accents of width; texts apart by a line."""
    return "\n".join(unicodedata.normalize("NFKC", text).casefold() for text in texts if text)


def phone_forms(e164: str | None) -> tuple[str, ...]:
    """A number as it is searched for: `0912345678` and `+886912345678`."""
    return () if e164 is None else ("0" + e164.removeprefix("+886"), e164)


def required_forms(q: str) -> list[tuple[str, ...]]:
    """What a folded text must hold to be found: of each tuple one.

    `王 5-1` → `[("王",), ("5-1", "51")]`: digits with separators are a number of a house, or part of a phone's.
    """
    text = folded(q).strip()
    # With spaces in it, too, where there is nothing but digits: 0912 345 678.
    words = [text] if _digits(text) else text.split()
    return [tuple(dict.fromkeys((word, _digits(word) or word))) for word in words]


def _digits(word: str) -> str | None:
    """The word without what separates its digits, None where it is not made of digits."""
    bare = word.translate(_BETWEEN_DIGITS)
    return bare if bare.removeprefix("+").isdecimal() else None
