"""What each client has of its channels, by the rules "Never miss" of docs/protocol.md."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.proof.black_box.auditor.evidence import Evidence, Finding, Json, Line, parse
from tests.proof.black_box.auditor.messages import Event, event_of


@dataclass
class Followed:
    """A channel's log at one client. got: its events by number. reloaded: numbers that a loaded list replaced.

    base: the number after which the client follows; -1 before it knows.
    """

    base: int
    epoch: str | None
    cursor: int = 0
    got: dict[int, Event] = field(default_factory=dict)
    reloaded: set[int] = field(default_factory=set)

    def advance(self) -> None:
        while self.cursor + 1 in self.got or self.cursor + 1 in self.reloaded:
            self.cursor += 1


@dataclass
class Client:
    """A client and what it received. channels: the log that it follows. past: logs that were restarted.

    skipped: numbers of a channel that a replay left out. ends: the last answer that showed the ends of the logs.
    """

    who: Json
    line: Line
    channels: dict[str, Followed] = field(default_factory=dict)
    past: list[tuple[str, Followed]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    skipped: list[tuple[str, int, Line]] = field(default_factory=list)
    ends: Json | None = None
    reconnects: int = 0
    reloads: int = 0

    @property
    def name(self) -> str:
        return str(self.who["client"])

    @property
    def role(self) -> str:
        return str(self.who["role"])

    @property
    def tenant(self) -> str:
        return str(self.who["tenant"])

    @property
    def is_staff(self) -> bool:
        return self.role in ("admin", "office_staff")

    def logs(self) -> Iterator[tuple[str, Followed]]:
        yield from self.past
        yield from self.channels.items()

    def find(self, rule: str, line: Line, text: str) -> None:
        self.findings.append(Finding(rule, line, f"{self.name} {text}"))


def follow_all(evidence: Evidence) -> list[Client]:
    return [_follow(lines) for lines in evidence.clients]


def _follow(lines: list[Line]) -> Client:
    client = Client(lines[0].fields, lines[0])
    for line in lines:
        fields = line.fields
        if line.kind == "list":
            _start(client, fields["channel"], fields["cursor"], fields["epoch"])
        elif line.kind == "received":
            _receive(client, parse(fields["text"]), line)
        elif line.kind == "polled":
            _poll(client, fields["channel"], fields["body"], line)
        client.reconnects += line.kind == "connecting" and bool(fields["reconnect"])
    _judge_end(client)
    return client


def _start(client: Client, name: str, cursor: int, epoch: str | None) -> None:
    """The client begins a channel, or loaded a list after `recovered: false`."""
    followed = client.channels.get(name)
    if followed is not None and followed.epoch in (None, epoch) and followed.base >= 0:
        followed.reloaded |= set(range(followed.cursor + 1, cursor + 1))
        followed.advance()
        client.reloads += 1
        return
    if followed is not None and followed.base >= 0:
        client.past.append((name, followed))
        client.reloads += 1
    client.channels[name] = Followed(cursor, epoch, cursor, followed.got if followed and followed.base < 0 else {})
    client.channels[name].advance()


def _receive(client: Client, message: Json, line: Line) -> None:
    event = event_of(message, line)
    kind = message.get("type")  # API Gateway's own errors have none
    if event is not None:
        client.events.append(event)
        for name, number in event.cursors.items():
            # An event may come before the welcome, and so before the client knows where its log begins.
            followed = client.channels.setdefault(name, Followed(-1, None, -1))
            other = followed.got.setdefault(number, event)
            if other.id != event.id:
                client.find(
                    "one number, one event", line, f"has {name} {number} as {event.id}, before as {other.id}"
                )
            followed.advance()
    elif kind == "subscribed":
        _catch_up(client, message["channel"], message, line)
    elif kind == "heartbeat":
        client.ends = {"cursors": message["cursors"], "epochs": message["epochs"], "line": line}


def _poll(client: Client, name: str, body: Json, line: Line) -> None:
    for item in body["items"]:
        _receive(client, item, line)
    _catch_up(client, name, body, line)
    client.ends = {"cursors": {name: body["cursor"]}, "epochs": {name: body["epoch"]}, "line": line}


def _catch_up(client: Client, name: str, answer: Json, line: Line) -> None:
    """After a replay the client continues at its cursor. Numbers that it did not receive are skipped."""
    followed = client.channels.setdefault(name, Followed(-1, None, -1))
    if not answer["recovered"]:
        return
    followed.epoch = followed.epoch or answer["epoch"]
    for number in range(followed.cursor + 1, answer["cursor"] + 1):
        if number not in followed.got and number not in followed.reloaded:
            client.skipped.append((name, number, line))
    followed.cursor = max(followed.cursor, answer["cursor"])
    followed.advance()


def _judge_end(client: Client) -> None:
    if client.ends is None:
        client.find("clients catch up", client.line, "received no answer to a heartbeat")
        return
    line = client.ends["line"]
    for name, followed in client.channels.items():
        if followed.base < 0:
            client.find("only watched channels", next(iter(followed.got.values())).line, f"does not watch {name}")
            continue
        end, epoch = client.ends["cursors"].get(name), client.ends["epochs"].get(name)
        if end is None or epoch != followed.epoch:
            client.find("clients catch up", line, f"is not in the log of {name}")
        elif end > followed.cursor:
            text = f"has {name} up to {followed.cursor}, the log ends at {end}"
            client.find("no event is missed", line, text)


def ids_are_unique(client: Client) -> Iterator[Finding]:
    """An event has one number in a channel."""
    for name, followed in client.logs():
        first: dict[str, int] = {}
        for number, event in sorted(followed.got.items()):
            if event.id in first:
                text = f"{client.name} has {event.id} as {name} {first[event.id]} and {number}"
                yield Finding("no event comes twice", event.line, text)
            first.setdefault(event.id, number)
