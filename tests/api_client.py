"""Calls the REST API as API Gateway would, through Chalice's test client."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from chalice.test import Client

from chalicelib.auth.sessions import open_session
from chalicelib.core.clock import now
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User
from tests.calls import running_as
from tests.shapes import check


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer. body: decoded JSON; None if the answer has no body."""

    status: int
    headers: Mapping[str, str]
    body: Any


class ApiClient:
    """as_: the user whose token the call carries; None for a call without a token."""

    def __init__(self, http: Any) -> None:
        self._http = http
        self._tokens: dict[str, str] = {}

    @classmethod
    @contextmanager
    def open(cls) -> Iterator["ApiClient"]:
        from app import app

        with Client(app) as client:
            yield cls(client.http)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        as_: User | None = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        """One request. raw: the bytes of a body that is not JSON."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        bearer = token or (self.token(as_) if as_ else None)
        if bearer:
            sent["Authorization"] = f"Bearer {bearer}"
        payload = raw if raw is not None else (b"" if body is None else json.dumps(body).encode())
        target = f"{path}?{urlencode(query)}" if query else path
        with running_as("api_handler"):
            response = self._http.request(method, target, headers=sent, body=payload)
        text = response.body.decode()
        lowered = {name.lower(): value for name, value in response.headers.items()}
        answered = json.loads(text) if text else None
        check(method, path, response.status_code, lowered, answered)
        return Answer(response.status_code, lowered, answered)

    def page(self, method: str, target: str, headers: Mapping[str, str]) -> Any:
        """Chalice's own response, whose body is bytes."""
        with running_as("api_handler"):
            return self._http.request(method, target, headers=dict(headers), body=b"")

    def token(self, user: User) -> str:
        """An access token of the user, one session per user and client."""
        if user.id not in self._tokens:
            pair = open_session(Tenant.get(user.tenant_id), user, signed_in_at=now())
            self._tokens[user.id] = pair.access_token
        return self._tokens[user.id]

    def get(self, path: str, **options: Any) -> Answer:
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.call("POST", path, body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.call("PATCH", path, body, **options)
