"""A client that follows docs/protocol.md: cursors per channel, gaps, repeats, recovery."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Watched:
    """What a client knows of one channel.

    got: ids in the order in which the client took them, since it last started afresh at `base`.
    held: events after a gap, by number, until the gap is closed.
    """

    cursor: int = 0
    epoch: str | None = None
    base: int = 0
    got: list[str] = field(default_factory=list)
    held: dict[int, str] = field(default_factory=dict)


class ModelClient:
    """Takes messages as they come off the socket."""

    def __init__(self) -> None:
        self.channels: dict[str, Watched] = {}

    def take(self, message: dict[str, Any]) -> None:
        """One event message: `id` and `cursors`."""
        for channel, number in message["cursors"].items():
            watched = self.channels.get(channel)
            if watched is not None and number > watched.cursor:
                watched.held[number] = message["id"]
                self._advance(watched)

    def subscribed(self, answer: dict[str, Any]) -> None:
        """The answer to `subscribe`, after what was replayed has been taken."""
        watched = self.channels[answer["channel"]]
        watched.epoch = answer["epoch"]
        if not answer["recovered"]:
            # A client reloads the list; here it deletes its state and begins at the answer's cursor.
            # Held events may be of another epoch, so they are deleted too. The caller subscribes again from there.
            watched.base = watched.cursor = answer["cursor"]
            watched.got.clear()
            watched.held.clear()
        self._advance(watched)

    def behind(self, cursors: dict[str, int]) -> list[str]:
        """The channels in which a heartbeat's answer shows another head, or which it does not name."""
        return [name for name, watched in self.channels.items() if cursors.get(name, -1) != watched.cursor]

    @staticmethod
    def _advance(watched: Watched) -> None:
        while (following := watched.held.pop(watched.cursor + 1, None)) is not None:
            watched.cursor += 1
            watched.got.append(following)
