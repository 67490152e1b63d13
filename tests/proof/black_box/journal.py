"""The journal: one file of JSON lines per person, phone or program, in one folder.

Each line has `at` (UTC), `mono` (seconds, one clock for all files of a run) and `kind`; the auditor's docstring
lists the kinds. A line is in the file when `write` returns: no buffer, and no `await` at which the writer's task
could be cancelled.
"""

import json
import os
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class JournalFile:
    """The file of one writer. A line is never changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, kind: str, **fields: Any) -> None:
        """Appends one line. Raises OSError if the disk is full."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {"at": at, "mono": round(time.monotonic(), 4), "kind": kind, **fields}
        left = memoryview((json.dumps(line, ensure_ascii=False) + "\n").encode())
        while left:
            left = left[os.write(self._descriptor, left) :]

    def close(self) -> None:
        os.close(self._descriptor)


class Journal:
    """The folder with the files of a run. It is made if it does not exist."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files: dict[str, JournalFile] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def of(self, name: str) -> JournalFile:
        """The file of a writer; the same object for the same name. name: letters, digits, `-`, `_`."""
        if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
            raise ValueError(name)
        if name not in self._files:
            self._files[name] = JournalFile(self.folder / f"{name}.jsonl")
        return self._files[name]

    def close(self) -> None:
        """Closes all files. The last call."""
        for file in self._files.values():
            file.close()
        self._files.clear()
