"""Announcements of schedules, which may run twice at once."""

from datetime import timedelta
from typing import Any

from chalicelib.core.clock import now
from chalicelib.models.announcement import Announcement
from chalicelib.realtime.announcements import announce_once


def announced(data: dict[str, Any]) -> bool:
    return announce_once(
        "t", "day-1", "orders", "notification", data, correlation_id="c", now=now(), stored_for=timedelta(days=1)
    )


def test_the_second_of_two_equal_announcements_changes_nothing(aws: None) -> None:
    assert announced({"n": 1})
    assert not announced({"n": 2})
    assert Announcement.get("t", "day-1").data == '{"n":1}'
