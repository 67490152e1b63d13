"""What a client has of its channels: the rules "Never miss" of docs/protocol.md, without a socket."""

from dataclasses import dataclass, field
from typing import Any

Message = dict[str, Any]


@dataclass
class Channel:
    """cursor: the client has everything up to this number. held: numbers above a gap that have come."""

    cursor: int
    epoch: str | None
    held: set[int] = field(default_factory=set)

    def receive(self, number: int) -> bool:
        """Notes an event; whether a number before it is missing."""
        if number > self.cursor:
            self.held.add(number)
            self._advance()
        return bool(self.held)

    def start(self, cursor: int, epoch: str | None) -> None:
        """Continues at a cursor: of a list that was loaded, or of `subscribed`. Held numbers above it remain."""
        if epoch != self.epoch and self.epoch is not None:
            self.held.clear()
        self.cursor, self.epoch = cursor, epoch
        self.held = {number for number in self.held if number > cursor}
        self._advance()

    def is_at(self, cursor: int | None, epoch: str | None) -> bool:
        """Whether a welcome or a heartbeat's answer shows the end that the client has."""
        return cursor == self.cursor and epoch == self.epoch and not self.held

    def _advance(self) -> None:
        while self.cursor + 1 in self.held:
            self.cursor += 1
            self.held.discard(self.cursor)
