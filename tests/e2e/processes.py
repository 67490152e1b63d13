"""Starts `make run`, and finds processes that it leaves running."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from infra.local.ports import free_port
from infra.packaging import ROOT
from tests.patience import SECONDS


def eventually(condition: Callable[[], bool], seconds: float = SECONDS) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def processes_of(directory: Path) -> list[str]:
    """Processes that work inside a directory: a function's does so in its unpacked code."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if str((process / "cwd").readlink()).startswith(str(directory)):
                found.append(process.name)
    return found


def start(directory: Path, *options: str, **environment: str) -> "subprocess.Popen[str]":
    """`make run` in a process group of its own, as in a terminal; its output and errors in one pipe."""
    return subprocess.Popen(
        [sys.executable, *options, "-m", "infra.local"],
        cwd=ROOT,
        env={**os.environ, "PORT": str(free_port()), **environment, "LOCAL_DIR": str(directory)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def read_until(process: "subprocess.Popen[str]", part: str) -> None:
    """Reads its output up to a line with this in it."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if part in line:
            return
    raise AssertionError("".join(lines))


def end(process: "subprocess.Popen[str]", number: signal.Signals) -> tuple[int, str]:
    """Sends SIGINT to the whole group, as a terminal does. Returns the exit code and the remaining output."""
    send = os.killpg if number == signal.SIGINT else os.kill
    send(process.pid, number)
    output, _ = process.communicate(timeout=SECONDS)
    return process.returncode, output
