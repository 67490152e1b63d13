"""Prints the events of the demo as they happen, and counts them."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime


def _print(line: str) -> None:
    print(line, flush=True)


class Diary:
    """tell: prints a line for the user."""

    def __init__(self, tell: Callable[[str], None] = _print) -> None:
        self._tell = tell
        self.counts: Counter[str] = Counter()

    def note(self, who: str, what: str, *, counts_as: str | None = None) -> None:
        """Prints a line. counts_as: the figure that it increments."""
        if counts_as is not None:
            self.counts[counts_as] += 1
        self._tell(f"{datetime.now().astimezone():%H:%M:%S}  {who}: {what}")

    def figures(self) -> list[str]:
        """The lines of the figures."""
        return [f"  {count:>6,}  {what}" for what, count in sorted(self.counts.items())]
