"""The child processes of a stack. Ends all of them, also those that a killed stack left behind."""

import contextlib
import json
import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_RECORD = "children.json"


class Stopping(RuntimeError):
    """The stack is ending and starts no more processes."""


class Children:
    """Processes in their own groups, so that a Ctrl-C in the terminal does not reach them; `stop` ends them.

    They are recorded in the stack's folder, for `end_orphans` of the next stack. Thread-safe.
    """

    def __init__(self, directory: Path) -> None:
        self._record = directory / _RECORD
        self._running: dict[int, str] = {}
        self._guard = threading.Lock()
        self._stopping = False

    def start(self, command: list[str], **settings: Any) -> "subprocess.Popen[Any]":
        """As subprocess.Popen, which explains `settings`. Raises Stopping, and OSError."""
        with self._guard:
            if self._stopping:
                raise Stopping
            process = subprocess.Popen(command, start_new_session=True, **settings)
            self._running[process.pid] = started(process.pid) or ""
            self._write()
        return process

    def run(self, command: list[str], *, cwd: Path, env: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
        """Runs a command to its end and returns its output. Raises Stopping, and OSError."""
        pipe = subprocess.PIPE
        with self.start(command, cwd=cwd, env=env, stdout=pipe, stderr=pipe, text=True) as process:
            output, errors = process.communicate()
        self.forget(process)
        return subprocess.CompletedProcess(command, process.returncode, output, errors)

    def forget(self, process: "subprocess.Popen[Any]") -> None:
        """Removes a process that has ended from those to end."""
        with self._guard, contextlib.suppress(OSError):  # a full disk is reported elsewhere
            self._running.pop(process.pid, None)
            if not self._stopping:  # then there is no record any more
                self._write()

    def stop(self) -> None:
        """Kills all running processes, and prevents new ones. May be called twice."""
        with self._guard:
            self._stopping = True
            for pid, began in self._running.items():
                if started(pid) == began:  # else it has ended, and its pid may be another's
                    _kill_group(pid)
            self._record.unlink(missing_ok=True)

    def _write(self) -> None:
        self._record.write_text(json.dumps(self._running))


def end_orphans(directory: Path) -> list[int]:
    """Kills the processes that a killed stack left running in this folder; returns their pids.

    A pid that another program has now is not killed: its process started at another time.
    """
    try:
        left: dict[str, str] = json.loads((directory / _RECORD).read_text())
        orphans = [int(pid) for pid, began in left.items() if began and started(int(pid)) == began]
    except (FileNotFoundError, ValueError, AttributeError):
        return []
    for pid in orphans:
        _kill_group(pid)
    (directory / _RECORD).unlink(missing_ok=True)
    return orphans


def started(pid: int) -> str | None:
    """When a process started, to distinguish it from a later one with the same pid; None if there is none."""
    try:
        # Boot and clock ticks since; the name in parentheses may itself have parentheses and spaces.
        ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
        return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()} {ticks}"
    except (OSError, IndexError):
        if Path("/proc/self/stat").exists():
            return None
    asked = ["ps", "-o", "lstart=", "-p", str(pid)]  # where there is no /proc: macOS
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() or None


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
