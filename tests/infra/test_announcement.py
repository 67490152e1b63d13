"""stack.json: written whole, and telling whether its stack still runs."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from infra.local import announcement

DESCRIBED: dict[str, Any] = {
    "rest_url": "http://localhost:8000/api",
    "websocket_url": "ws://localhost:8000/api",
    "console_url": "http://localhost:8000/api/console",
    "sms_inbox_url": "http://localhost:5000",
    "emulator_url": "http://127.0.0.1:4566",
    "logins": [
        {"tenant": "t1", "kind": "delivery", "role": "admin", "username": "boss@example.org", "password": "p"}
    ],
    "pid": os.getpid(),
}


def test_a_running_stack_is_not_started_over(tmp_path: Path) -> None:
    announcement.write(tmp_path / "stack.json", DESCRIBED)
    with pytest.raises(announcement.AlreadyRunning, match=f"pid {os.getpid()}"):
        announcement.refuse_second(tmp_path / "stack.json")


@pytest.mark.parametrize("left", ['{"pid": 4194305}', '{"rest_url"', "{}"])
def test_what_a_killed_stack_left_is_removed(left: str, tmp_path: Path) -> None:
    path = tmp_path / "stack.json"
    path.write_text(left)
    announcement.refuse_second(path)
    assert not path.exists()


@pytest.mark.parametrize("left", [None, '{"pid": 4194305}', '{"rest_url"', "{}"])
def test_whoever_needs_a_running_stack_is_told_how_to_start_one(left: str | None, tmp_path: Path) -> None:
    path = tmp_path / "stack.json"
    if left is not None:
        path.write_text(left)
    with pytest.raises(announcement.NotRunning, match="Start one first, in another terminal: make run"):
        announcement.read(path)
    announcement.write(path, DESCRIBED)
    assert announcement.read(path) == DESCRIBED


def test_only_its_owner_can_read_the_passwords(tmp_path: Path) -> None:
    path = tmp_path / "stack.json"
    announcement.write(path, DESCRIBED)
    assert path.stat().st_mode & 0o077 == 0
    assert json.loads(path.read_text()) == DESCRIBED
    assert list(tmp_path.iterdir()) == [path]


def test_people_see_the_urls_and_the_logins() -> None:
    text = announcement.text(DESCRIBED, 3.14)
    assert "ready in 3.1 s" in text
    for shown in ("http://localhost:8000/api/console", "ws://localhost:8000/api", "boss@example.org"):
        assert shown in text
