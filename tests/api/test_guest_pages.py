"""Guests' pages: their format of times and amounts, and the texts that they share with the console."""

from typing import Any

import pytest

from chalicelib.api.guest_pages import ICONS, Formats
from chalicelib.models.tenant import Tenant
from infra.packaging import ROOT


def formats(language: str, **values: Any) -> Formats:
    return Formats(Tenant("t", name="x", **values), language)


# What Chromium's Intl writes.
@pytest.mark.parametrize(
    ("language", "currency", "amount", "written"),
    [
        ("zh-TW", "TWD", "760", "$760"),
        ("en", "TWD", "760", "NT$760"),
        ("zh-TW", "TWD", "12345.5", "$12,345.5"),
        ("en", "SGD", "12.5", "SGD\u00a012.5"),
    ],
)
def test_amounts_are_written_as_browsers_do(language: str, currency: str, amount: str, written: str) -> None:
    assert formats(language, currency=currency).money(amount) == written


@pytest.mark.parametrize(("language", "day"), [("zh-TW", "11/23（週一）"), ("en", "Mon, 11/23")])
def test_times_are_the_businesss_own(language: str, day: str) -> None:
    format_ = formats(language, time_zone="Asia/Taipei")
    assert format_.clock("2026-11-22T16:05:00.000Z") == "00:05"
    assert format_.day("2026-11-22T16:05:00.000Z") == day


def test_pictures_are_the_consoles() -> None:
    shapes = (ROOT / "chalicelib" / "static" / "console" / "shared" / "icons.js").read_text(encoding="utf-8")
    assert all(f'{name}: "{path}"' in shapes for name, path in ICONS.items())
