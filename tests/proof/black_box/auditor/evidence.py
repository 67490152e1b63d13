"""The journal's lines, read and sorted by who wrote them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Line:
    """One line. fields: all of it."""

    file: str
    number: int
    fields: Json

    @property
    def kind(self) -> str:
        return str(self.fields["kind"])

    @property
    def where(self) -> str:
        return f"{self.file}:{self.number}"


@dataclass(frozen=True)
class Finding:
    """A broken guarantee. rule: its name. line: the evidence, or None if there is none at all."""

    rule: str
    line: Line | None
    text: str

    def __str__(self) -> str:
        return f"{self.line.where if self.line else 'journal'}: {self.rule}: {self.text}"


@dataclass
class Evidence:
    """clients: the lines of each client's file. The others: the lines of a kind, `rest` by time."""

    clients: list[list[Line]] = field(default_factory=list)
    rest: list[Line] = field(default_factory=list)
    by_kind: dict[str, list[Line]] = field(default_factory=dict)

    def of(self, kind: str) -> list[Line]:
        return self.by_kind.get(kind, [])

    def before(self, tenant: str) -> Json:
        return next((line.fields for line in self.of("before") if line.fields["tenant"] == tenant), {})

    @cached_property
    def orders(self) -> dict[str, Line]:
        """The last state of each order that was made in this run, by id."""
        return {
            line.fields["order"]["id"]: line
            for line in self.of("order")
            if line.fields["order"]["id"] not in self.before(line.fields["tenant"]).get("orders", {})
        }

    @property
    def acknowledged(self) -> Iterator[tuple[Line, Json]]:
        """The answers and reads that show a change of an order, with the order as it was shown."""
        for line in self.rest:
            body = line.fields.get("body")
            is_order = isinstance(body, dict) and "order_number" in body and "version" in body
            if line.kind == "answer" and line.fields["status"] < 300 and is_order:
                yield line, line.fields["body"]
            elif line.kind == "found" and line.fields.get("order_id"):
                yield line, {"id": line.fields["order_id"], "version": line.fields["version"]}


def read(folder: Path) -> Evidence:
    """Raises ValueError for a line that is no JSON object, and for a folder without lines."""
    evidence = Evidence()
    for path in sorted(folder.glob("*.jsonl")):
        lines = [_line(path.name, number, text) for number, text in enumerate(path.read_text().splitlines(), 1)]
        if lines and lines[0].kind == "client":
            evidence.clients.append(lines)
            continue
        for line in lines:
            if line.kind in ("request", "answer", "no_answer", "found"):
                evidence.rest.append(line)
            else:
                evidence.by_kind.setdefault(line.kind, []).append(line)
    if not evidence.clients:
        raise ValueError(f"{folder} has no client's file")
    evidence.rest.sort(key=lambda line: line.fields["mono"])
    return evidence


def parse(text: str) -> Json:
    """A JSON object; numbers with a point are exact."""
    found = json.loads(text, parse_float=Decimal)
    if not isinstance(found, dict):
        raise ValueError(text[:80])
    return found


def _line(file: str, number: int, text: str) -> Line:
    try:
        return Line(file, number, parse(text))
    except ValueError as error:
        raise ValueError(f"{file}:{number}: {error}") from error
