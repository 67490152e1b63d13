"""Masks a person's names, addresses and numbers in texts and JSON values."""

import re
from collections.abc import Iterable
from typing import Any, Final

NAME: Final = "（已刪除）"

# A single letter or syllable occurs in too many texts.
_SHORTEST: Final = 2
_SEPARATORS: Final = r"[\s().\-‐‑–—－]*"
_COUNTRY: Final = "+886"
_FULL_WIDTH_ZERO: Final = ord("０")


class Words:
    """The words that identify a person in a text.

    phones: E.164; found in any spelling. mails: e-mail addresses. names: also postal addresses. Other people may
    have the same names, so they are masked only in texts about the person.
    """

    def __init__(self, *, phones: Iterable[str], mails: Iterable[str], names: Iterable[str]) -> None:
        unique = [_phone(each) for each in sorted(phones)] + [_whole(each) for each in sorted(mails)]
        # The longest first, because a name may be the beginning of another.
        shared = sorted({each for each in names if len(each) >= _SHORTEST and each != NAME}, key=len, reverse=True)
        self._unique = _any_of(unique)
        self._all = _any_of([*unique, *map(_whole, shared)])

    def masked(self, value: Any, *, names: bool) -> Any:
        """A JSON value with these words masked in all its texts."""
        if isinstance(value, str):
            pattern = self._all if names else self._unique
            return pattern.sub(NAME, value) if pattern else value
        if isinstance(value, list | tuple):
            return [self.masked(each, names=names) for each in value]
        if isinstance(value, dict):
            return {key: self.masked(each, names=names) for key, each in value.items()}
        return value


def _any_of(patterns: Iterable[str]) -> re.Pattern[str] | None:
    joined = "|".join(patterns)
    return re.compile(joined, re.IGNORECASE) if joined else None


def _whole(text: str) -> str:
    """The pattern of a whole word, for scripts with spaces between words."""
    before = r"(?<![0-9A-Za-z])" if _is_latin(text[0]) else ""
    after = r"(?![0-9A-Za-z])" if _is_latin(text[-1]) else ""
    return before + re.escape(text) + after


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _phone(e164: str) -> str:
    digits = [f"[{each}{chr(_FULL_WIDTH_ZERO + int(each))}]" for each in e164.removeprefix(_COUNTRY).lstrip("+")]
    country = rf"(?:[+＋]?886{_SEPARATORS})?\(?[0０]?"
    return rf"(?<!\d){country}{_SEPARATORS.join(['', *digits])}(?!\d)"
