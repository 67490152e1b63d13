"""Normalises texts and numbers for searching, the same way for the query and the stored text."""

import unicodedata
from typing import Final

# Removes separators between digits, so that all spellings of 0912-345-678 match.
_BETWEEN_DIGITS: Final = str.maketrans("", "", "-() ")


def folded(*texts: str | None) -> str:
    """The texts, one per line, without differences of case and width."""
    return "\n".join(unicodedata.normalize("NFKC", text).casefold() for text in texts if text)


def phone_forms(e164: str | None) -> tuple[str, ...]:
    """Both forms of a number that a search may contain: `0912345678` and `+886912345678`."""
    return () if e164 is None else ("0" + e164.removeprefix("+886"), e164)


def required_forms(q: str) -> list[tuple[str, ...]]:
    """The words of a query, each as a tuple of forms. A folded text matches if it contains one form of each word.

    `王 5-1` → `[("王",), ("5-1", "51")]`: digits with separators may be a house number or part of a phone number.
    """
    text = folded(q).strip()
    # A query of only digits and spaces is one number: 0912 345 678.
    words = [text] if _digits(text) else text.split()
    return [tuple(dict.fromkeys((word, _digits(word) or word))) for word in words]


def _digits(word: str) -> str | None:
    """The word without the separators between its digits; None if it does not consist of digits."""
    bare = word.translate(_BETWEEN_DIGITS)
    return bare if bare.removeprefix("+").isdecimal() else None
