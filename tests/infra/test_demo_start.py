"""`make demo` that cannot start: an error message, and exit code 1."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.ports import free_port
from infra.packaging import ROOT
from tests.infra.local_folder import announced


def demo(directory: Path, **environment: str) -> tuple[int, str]:
    """Runs the demo; returns the exit code and stderr."""
    done = subprocess.run(
        [sys.executable, "-m", "infra.local.demo"],
        cwd=ROOT,
        env={**os.environ, **environment, "LOCAL_DIR": str(directory)},
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )
    return done.returncode, done.stderr


def test_without_a_stack_it_prints_how_to_start_one(tmp_path: Path) -> None:
    line = f"error: No stack runs from {tmp_path}. Start one first, in another terminal: make run\n"
    assert demo(tmp_path) == (1, line)


@pytest.mark.parametrize("speed", ["0.5", "7", "fast", "nan"])
def test_a_speed_that_the_server_would_not_believe_is_refused(speed: str, tmp_path: Path) -> None:
    assert demo(tmp_path, SPEED=speed) == (1, f"error: SPEED={speed} is not a number from 1 to 6\n")


def test_a_killed_stacks_file_is_not_believed(tmp_path: Path) -> None:
    with announced(tmp_path, {"rest_url": "http://127.0.0.1:1/api", "logins": [], "pid": os.getpid()}):
        pass
    code, sent = demo(tmp_path)
    assert code == 1
    assert "stack.json was left behind by a killed one" in sent


def test_a_stack_that_does_not_answer_is_one_clear_line(tmp_path: Path) -> None:
    login = {"tenant": "t", "kind": "delivery", "role": "office_staff", "username": "u", "password": "p"}
    described = {"rest_url": f"http://127.0.0.1:{free_port()}/api", "logins": [login], "pid": os.getpid()}
    with announced(tmp_path, described):
        code, sent = demo(tmp_path)
    assert code == 1
    assert sent.startswith("error: POST /v1/auth/login got no answer (ClientConnectorError).")
    assert len(sent.splitlines()) == 1
