"""A stack's folder in tests: locked, as by a running stack, or filled up."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra.local import stack_file
from infra.local.lock import locked


@contextmanager
def announced(directory: Path, described: dict[str, Any]) -> Iterator[Path]:
    """The path of stack.json while its stack runs; the file stays afterwards, as after a SIGKILL."""
    path = directory / "stack.json"
    with locked(directory):
        stack_file.write(path, described)
        yield path
