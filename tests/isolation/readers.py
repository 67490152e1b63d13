"""Clients of a tenant in all roles, and the texts of all answers and messages that each receives."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from chalicelib.api.http import ROUTES, Route
from chalicelib.auth.audiences import AUDIENCES, Shape
from chalicelib.models.connection import Connection
from chalicelib.realtime.channels import TENANT_CHANNELS
from chalicelib.realtime.formats import FORMATS
from tests.api_client import Answer
from tests.factories import Business
from tests.isolation.requests import BODIES, OF_RESTAURANTS, QUERIES, WORDS
from tests.world import World

# The session would end.
_LEFT_OUT: Final = {("POST", "/v1/auth/logout"), ("POST", "/v1/auth/password")}
_UNIQUE: Final = re.compile(r"(?![a-z_]+\Z)(?!\d{4}-\d\d-\d\d).{8,}", re.DOTALL)


class Reader:
    """A client with a token, and everything that it received, as (source, text)."""

    def __init__(self, world: World, business: Business, role: str, token: str) -> None:
        self.role = role
        self.received: list[tuple[str, str]] = []
        self.refused: list[str] = []
        self._world, self._business, self._token = world, business, token
        self._connections: list[str] = []
        self._requested = ""

    def connect(self, ids: Mapping[str, str], **since: int) -> None:
        """A connection in each format, with all channels that it may watch; since: with a replay."""
        self._requested += str(_channels(ids))
        for format_ in sorted(FORMATS):
            connection_id = self._world.connect_with(self._token, format=format_)
            self._connections.append(connection_id)
            for channel in _channels(ids):
                # The limit is on messages in quick succession.
                Connection(connection_id).update([Connection.next_message_at.set(0)])
                self._world.send(connection_id, {"type": "subscribe", "channel": channel, **since})

    def read_messages(self) -> None:
        """Records the messages of its connections."""
        for connection_id in self._connections:
            for message in self._world.gateway.messages(connection_id):
                request = self._requested if message["type"] == "error" else ""
                self._note(f"socket {message['type']}", message, request)

    def read_events(self, ids: Mapping[str, str]) -> None:
        """Asks for the events of each channel in each format."""
        for channel in _channels(ids):
            for format_ in sorted(FORMATS):
                query = {"channel": channel, "since": "0", "format": format_}
                answer = self._world.api.get("/v1/events", token=self._token, query=query)
                self._note(f"/v1/events {channel} {format_}", answer.body, channel if answer.status >= 300 else "")

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        """One request; its answer is noted."""
        answer = self._world.api.call(method, path, body, token=self._token, **options)
        is_refused = answer.status >= 300
        self._note(f"{method} {path}", [answer.body, dict(answer.headers)], f"{path} {body}" if is_refused else "")
        if is_refused:
            self.refused.append(f"{method} {path}: {answer.body}")
        return answer

    def call_all(self, ids: Mapping[str, str], method: str) -> Iterator[tuple[Route, Answer]]:
        """Each request of this method that the role may make in its kind of business: routes and answers."""
        for route in ROUTES:
            key, is_restaurants = (route.method, route.path), route.path.startswith(OF_RESTAURANTS)
            if route.method != method or route.roles is None or self.role not in route.roles or key in _LEFT_OUT:
                continue
            names = re.findall(r"\{(\w+)\}", route.path)
            if any(name not in ids and name not in WORDS for name in names):
                continue
            if is_restaurants and self._business.tenant.kind != "table":
                continue
            body = BODIES.get(key)
            path = route.path.format(**{**WORDS, **ids})
            yield route, self.call(method, path, body and body(self._business), query=QUERIES.get(route.path))

    def _note(self, where: str, body: Any, sent: str = "") -> None:
        """sent: the request, whose ids a refusal may repeat."""
        text = json.dumps(body, ensure_ascii=False)
        for id_ in re.findall(r"\w{20,}", sent):
            text = text.replace(id_, "")
        self.received.append((where, text))


class Planted:
    """The values in staff's fields, with the audiences that may have each and the names of their fields."""

    def __init__(self) -> None:
        self.audiences: dict[str, frozenset[str]] = {}
        self.fields: dict[str, set[str]] = {}

    def add(self, shape: Shape, value: Any, path: str, to: frozenset[str] = AUDIENCES) -> None:
        """Adds the values of an answer or of an event's data. Raises KeyError for a field without audiences."""
        if isinstance(value, list):
            for each in value:
                self.add(shape, each, path, to)
            return
        for name, each in value.items():
            field, own = shape[name], f"{path}.{name}"
            if field.shape is not None and each is not None:
                self.add(field.shape, each, own, to & field.to)
            elif _UNIQUE.fullmatch(str(each)):
                self.audiences[str(each)] = self.audiences.get(str(each), frozenset()) | (to & field.to)
                self.fields.setdefault(str(each), set()).add(own)

    def leaks(self, reader: Reader, *known: str) -> dict[str, set[str]]:
        """The forbidden values that reached a reader: field → places. known: values from elsewhere."""
        hidden = {
            value: self.fields[value]
            for value, audiences in self.audiences.items()
            if reader.role not in audiences and not value.startswith(known)
        }
        assert hidden
        found: dict[str, set[str]] = {}
        for value, fields in hidden.items():
            for where in {where for where, text in reader.received if value in text}:
                found.setdefault(min(fields), set()).add(where)
        return found


def staff_only(shape: Shape, path: str, to: frozenset[str] = AUDIENCES) -> Iterator[str]:
    """The paths of the fields that no audience but staff receives."""
    for name, field in shape.items():
        if not field.to:
            yield f"{path}.{name}"
        elif field.shape is not None:
            yield from staff_only(field.shape, f"{path}.{name}", to & field.to)


def _channels(ids: Mapping[str, str]) -> list[str]:
    kinds = ("order", "driver", "route")
    own = [f"{kind}:{ids[f'{kind}_id']}" for kind in kinds if f"{kind}_id" in ids]
    return [*TENANT_CHANNELS, *own, f"user:{ids['own_id']}"]
