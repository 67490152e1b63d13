"""One stack per folder: a lock of the operating system, which is released when its process ends.

Rejected: a file with a pid. It remains when the stack is killed, and another program may then have the pid.
"""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

# A program that checks whether a stack runs holds the lock for some microseconds.
_TRIES = 5
_PAUSE_SECONDS = 0.02


class AlreadyRunning(RuntimeError):
    """Another stack runs in the same folder; the message describes it."""


class Lock:
    """The lock of a folder, held."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def describe(self, **holder: Any) -> None:
        """Stores a description of the holder, for the message of `AlreadyRunning`. Raises OSError."""
        self._file.seek(0)
        self._file.truncate()
        json.dump(holder, self._file)
        self._file.flush()


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[Lock]:
    """Holds the folder's lock. Raises AlreadyRunning, and OSError if the file cannot be written."""
    # The file is never deleted: otherwise two stacks could lock two files of the same name.
    with _path(directory).open("a+") as file:
        for left in reversed(range(_TRIES)):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not left:
                    raise AlreadyRunning(_refusal(directory)) from None
                time.sleep(_PAUSE_SECONDS)
        lock = Lock(file)
        lock.describe(pid=os.getpid())
        yield lock


def is_locked(directory: Path) -> bool:
    """Whether a stack is running, starting or stopping in the folder."""
    try:
        with _path(directory).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except (FileNotFoundError, NotADirectoryError):
        pass
    return False


def _path(directory: Path) -> Path:
    return directory / "lock"


def _refusal(directory: Path) -> str:
    holder: dict[str, Any] = {}
    with contextlib.suppress(OSError, ValueError):  # the other stack is writing it
        holder = json.loads(_path(directory).read_text())
    known = [f"pid {holder['pid']}"] if "pid" in holder else []
    known += [str(holder["url"])] if "url" in holder else []
    named = f" ({', '.join(known)})" if known else ""
    return (
        f"A stack already runs from {directory}{named}. "
        "Stop it, or give this one its own place: LOCAL_DIR=/tmp/stack PORT=8010 make run"
    )
