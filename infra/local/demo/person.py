"""A simulated user, who uses the public REST API like an app.

DemoFailed
└── Refused
"""

import asyncio
from typing import Any, Final, Self
from uuid import uuid4

from aiohttp import ClientError, ClientSession, ClientTimeout

_SIGN_IN: Final = "/v1/auth/login"
_TRIES: Final = 3
_TIMEOUT: Final = ClientTimeout(total=30)
_UNAUTHENTICATED: Final = 401
_FIRST_ERROR: Final = 400
_FIRST_TROUBLE: Final = 500


class DemoFailed(RuntimeError):
    """The demo cannot continue; the message is for the user."""


class Refused(DemoFailed):
    """The server refused a request. code: as in docs/api.md."""

    def __init__(self, what: str, problem: Any) -> None:
        self.code: str = problem.get("code", "") if isinstance(problem, dict) else ""
        super().__init__(f"{what} was refused: {problem}")


class Person:
    """A client with a token: a signed-in user or a guest."""

    def __init__(self, http: ClientSession, url: str, token: str | None = None) -> None:
        self._http = http
        self._url = url
        self._token = token
        self._login: dict[str, str] | None = None

    @classmethod
    async def signing_in(cls, http: ClientSession, url: str, login: dict[str, Any]) -> Self:
        """Signs a user of stack.json in. Raises DemoFailed."""
        person = cls(http, url)
        person._login = {name: login[name] for name in ("username", "password")}
        await person._sign_in()
        return person

    def guest(self, token: str | None = None) -> "Person":
        """A guest on the same network; a new one without a token."""
        return Person(self._http, self._url, token)

    async def get(self, path: str, **query: str) -> Any:
        """The answer's body. Raises DemoFailed."""
        return await self._call("GET", path, query=query)

    async def all(self, path: str, **query: str) -> list[Any]:
        """The rows of all pages of a list. Raises DemoFailed."""
        page = await self.get(path, **query)
        rows: list[Any] = page["items"]
        while cursor := page["next_cursor"]:
            page = await self.get(path, **query, cursor=cursor)
            rows += page["items"]
        return rows

    async def post(self, path: str, body: Any = None) -> Any:
        """The answer's body. Raises DemoFailed."""
        return await self._call("POST", path, body={} if body is None else body)

    async def _call(self, method: str, path: str, *, body: Any = None, query: dict[str, str] | None = None) -> Any:
        what = f"{method} {path}"
        # All attempts have one key, so that an order whose answer was lost is not created twice.
        key, trouble = str(uuid4()), ""
        for attempt in range(_TRIES):
            await asyncio.sleep(attempt)
            try:
                status, answer = await self._ask(method, path, body, query, key)
                if status == _UNAUTHENTICATED and self._login and path != _SIGN_IN:
                    await self._sign_in()  # an hour is over
                    status, answer = await self._ask(method, path, body, query, key)
            except (ClientError, TimeoutError) as error:
                trouble = f"{what} got no answer ({type(error).__name__}). Does the stack still run?"
                continue
            if status < _FIRST_ERROR:
                return answer
            if status < _FIRST_TROUBLE:
                raise Refused(what, answer)
            trouble = f"{what} was answered with {status}. The stack's log says why."
        raise DemoFailed(trouble)

    async def _ask(
        self, method: str, path: str, body: Any, query: dict[str, str] | None, key: str
    ) -> tuple[int, Any]:
        headers = {"Idempotency-Key": key}
        if self._token and path != _SIGN_IN:
            headers["Authorization"] = f"Bearer {self._token}"
        async with self._http.request(
            method, self._url + path, json=body, params=query, headers=headers, timeout=_TIMEOUT
        ) as answer:
            is_json = answer.content_type.endswith("json")
            return answer.status, await answer.json(content_type=None) if is_json else await answer.text()

    async def _sign_in(self) -> None:
        self._token = (await self.post(_SIGN_IN, self._login))["access_token"]
