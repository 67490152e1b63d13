"""stack.json: written atomically, and valid only while its stack runs."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from infra.local import stack_file
from infra.local.lock import locked
from tests.infra.local_folder import announced

DESCRIBED: dict[str, Any] = {
    "rest_url": "http://localhost:8000/api",
    "websocket_url": "ws://localhost:8000/api",
    "display_url": "ws://localhost:8000/display/display_1/ws",
    "console_url": "http://localhost:8000/api/console",
    "sms_inbox_url": "http://localhost:5000",
    "emulator_url": "http://127.0.0.1:4566",
    "logins": [
        {"tenant": "t1", "kind": "delivery", "role": "admin", "username": "boss@example.org", "password": "p"}
    ],
    "pid": os.getpid(),
}


def test_a_running_stacks_file_is_read(tmp_path: Path) -> None:
    with announced(tmp_path, DESCRIBED) as path:
        assert stack_file.read(path) == DESCRIBED


@pytest.mark.parametrize("left", [None, '{"rest_url"', "{}"])
def test_without_a_stack_the_reader_learns_how_to_start_one(left: str | None, tmp_path: Path) -> None:
    path = tmp_path / "stack.json"
    if left is not None:
        path.write_text(left)
    sent = f"No stack runs from {tmp_path}. Start one first, in another terminal: make run"
    with pytest.raises(stack_file.NotRunning, match=f"^{sent}$"):
        stack_file.read(path)


def test_the_file_of_a_killed_stack_is_stale_although_its_pid_is_in_use(tmp_path: Path) -> None:
    with announced(tmp_path, DESCRIBED) as path:
        pass
    assert DESCRIBED["pid"] == os.getpid()
    with pytest.raises(stack_file.NotRunning, match=r"stack\.json was left behind by a killed one\. Start one"):
        stack_file.read(path)


def test_a_stack_that_starts_is_to_be_waited_for(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(stack_file.NotRunning, match="is not ready yet"):
        stack_file.read(tmp_path / "stack.json")


def test_only_its_owner_can_read_the_passwords(tmp_path: Path) -> None:
    path = tmp_path / "stack.json"
    stack_file.write(path, DESCRIBED)
    assert path.stat().st_mode & 0o077 == 0
    assert json.loads(path.read_text()) == DESCRIBED
    assert list(tmp_path.iterdir()) == [path]


def test_people_see_the_urls_and_the_logins() -> None:
    text = stack_file.text(DESCRIBED, 3.14)
    assert "ready in 3.1 s" in text
    for shown in ("http://localhost:8000/api/console", "ws://localhost:8000/api", "boss@example.org"):
        assert shown in text
