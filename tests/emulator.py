"""An emulator of AWS of a test's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.children import Children
from infra.local.emulator import Emulator
from infra.local.ports import free_port


@contextmanager
def running_emulator(directory: Path) -> Iterator[Emulator]:
    """An emulator that answers, for as long as the block runs."""
    running = Emulator.start(free_port(), directory, Children(directory))
    try:
        running.wait()
        yield running
    finally:
        running.stop()
