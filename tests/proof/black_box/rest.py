"""A person's requests over HTTPS, as docs/api.md wants them: repeated until the server has answered.

Each request that changes something is in the journal: `request` before it is sent, then `answer` or `no_answer`.
"""

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from tests.proof.black_box.journal import JournalFile

# API Gateway ends a request after 29 seconds.
TIMEOUT = ClientTimeout(total=30)
LONGEST_PAUSE = 15.0
OK = range(200, 300)

Json = dict[str, Any]


class Refused(RuntimeError):
    """The server refused a request, and a repeat cannot help. `code` as in docs/api.md."""

    def __init__(self, what: str, status: int, body: Any) -> None:
        self.status = status
        self.body: Json = body if isinstance(body, dict) else {}
        self.code: str = self.body.get("code", "")
        super().__init__(f"{what}: {status} {self.code} {self.body.get('detail', '')}")


class Person:
    """A client of the REST API. login: username and password; without it the person is a guest with a token."""

    def __init__(
        self,
        name: str,
        http: ClientSession,
        url: str,
        journal: JournalFile,
        dice: random.Random,
        *,
        login: Json | None = None,
        token: str | None = None,
    ) -> None:
        self.name = name
        self.journal = journal
        self.dice = dice
        self.me: Json = {}
        self.token = token
        self._http = http
        self._url = url
        self._login = login
        self._signing_in = asyncio.Lock()

    async def sign_in(self) -> None:
        """A new access token. Raises Refused."""
        # No journal: the body has a password, the answer has tokens.
        answer = await self._until_answered("POST", "/v1/auth/login", self._login, signed=False)
        self.token, self.me = answer["access_token"], answer["user"]

    async def fresh_token(self, refused: str | None) -> str:
        """The token; a new one if it is the one that the server refused."""
        async with self._signing_in:
            if self._login and (self.token is None or self.token == refused):
                await self.sign_in()
        assert self.token is not None
        return self.token

    async def get(self, path: str, **query: str) -> Any:
        """The body of the answer. Raises Refused."""
        return await self._until_answered("GET", path, query=query)

    async def all(self, path: str, **query: str) -> list[Json]:
        """The rows of all pages. Raises Refused."""
        page = await self.get(path, **query)
        rows: list[Json] = page["items"]
        while page["next_cursor"]:
            page = await self.get(path, **query, cursor=page["next_cursor"])
            rows += page["items"]
        return rows

    async def enter(self, path: str, body: Json) -> Json:
        """A guest's token, without a journal. Raises Refused."""
        answer: Json = await self._until_answered("POST", path, body, signed=False)
        return answer

    async def create(self, path: str, body: Json) -> Json:
        """A new row, under one idempotency key for all attempts. Raises Refused."""
        return await self._change(
            "POST", path, body, key=str(uuid.UUID(int=self.dice.getrandbits(128), version=4))
        )

    async def repeat(self, method: str, path: str, body: Any) -> Json:
        """A request that the server answers equally if it is repeated. Raises Refused."""
        return await self._change(method, path, body)

    async def change(
        self,
        method: str,
        path: str,
        body: Json,
        *,
        read: Callable[[], Awaitable[Json]],
        done: Callable[[Json], bool],
    ) -> Json:
        """A change with the `version` that the person knows. The row after it, as answered or as read.

        After an error or no answer the person reads the row: it is `done`, or the request is repeated. Raises
        Refused, also if another change came first.
        """
        return await self._change(method, path, body, read=read, done=done)

    async def once(self, method: str, path: str, body: Any) -> Json | None:
        """One attempt; None if it failed. Raises Refused."""
        status, answer, _ = await self._ask(method, path, body, {}, {})
        if status in OK:
            return answer if isinstance(answer, dict) else {}
        if 400 <= status < 500 and status != 429:
            raise Refused(f"{self.name}: {method} {path}", status, answer)
        return None

    async def attempt(self, method: str, path: str, body: Json) -> None:
        """One attempt, in the journal. Raises Refused."""
        names = {"request": f"{self.name}-{uuid.uuid4().hex[:12]}", "attempt": 1, "tenant": self.tenant}
        self.journal.write("request", **names, method=method, path=path, key=None, body=body)
        status, answer, _ = await self._ask(method, path, body, {}, {})
        if not status:
            self.journal.write("no_answer", **names, error=answer)
            return
        self.journal.write("answer", **names, method=method, path=path, key=None, status=status, body=answer)
        if 400 <= status < 500 and status != 429:
            raise Refused(f"{self.name}: {method} {path}", status, answer)

    @property
    def tenant(self) -> str | None:
        """The id of the person's business; None for a guest."""
        return self.me["tenant"]["id"] if self.me else None

    async def _change(
        self,
        method: str,
        path: str,
        body: Any,
        *,
        key: str | None = None,
        read: Callable[[], Awaitable[Json]] | None = None,
        done: Callable[[Json], bool] | None = None,
    ) -> Json:
        number, attempt = f"{self.name}-{uuid.uuid4().hex[:12]}", 0
        headers = {"Idempotency-Key": key} if key else {}
        while True:
            attempt += 1
            names = {"request": number, "attempt": attempt}
            self.journal.write("request", **names, method=method, path=path, key=key, body=body)
            status, answer, wait = await self._ask(method, path, body, headers, {})
            if not status:
                self.journal.write("no_answer", **names, error=answer)
            else:
                self.journal.write(
                    "answer", **names, method=method, path=path, key=key, status=status, body=answer
                )
            if status in OK:
                return answer if isinstance(answer, dict) else {}
            is_final = 400 <= status < 500 and status != 429
            if read and done and (attempt > 1 or not is_final) and status != 429:
                row = await read()
                if done(row):
                    self.journal.write("found", **names, order_id=row.get("id"), version=row.get("version"))
                    return row
                if "version" in body and row["version"] != body["version"]:
                    raise Refused(f"{self.name}: {method} {path}", 409, {"code": "stale_version"})
            if is_final and not (isinstance(answer, dict) and answer.get("code") == "busy"):
                raise Refused(f"{self.name}: {method} {path}", status, answer)
            await self._pause(attempt, wait)

    async def _until_answered(
        self, method: str, path: str, body: Any = None, *, query: dict[str, str] | None = None, signed: bool = True
    ) -> Any:
        attempt = 0
        while True:
            attempt += 1
            status, answer, wait = await self._ask(method, path, body, {}, query or {}, signed=signed)
            if status in OK:
                return answer
            if 400 <= status < 500 and status != 429:
                raise Refused(f"{self.name}: {method} {path}", status, answer)
            await self._pause(attempt, wait)

    async def _pause(self, attempt: int, wait: float) -> None:
        await asyncio.sleep(max(wait, self.dice.uniform(0.3, 1) * min(LONGEST_PAUSE, 2.0 ** (attempt - 1))))

    async def _ask(
        self,
        method: str,
        path: str,
        body: Any,
        headers: dict[str, str],
        query: dict[str, str],
        *,
        signed: bool = True,
    ) -> tuple[int, Any, float]:
        """Status, body, and seconds to wait; status 0 and the error's name if there was no answer."""
        used = self.token
        status, answer, wait = await self._send(method, path, body, headers, query, signed=signed)
        if status == 401 and signed and self._login:
            await self.fresh_token(used)
            status, answer, wait = await self._send(method, path, body, headers, query, signed=signed)
        return status, answer, wait

    async def _send(
        self, method: str, path: str, body: Any, headers: dict[str, str], query: dict[str, str], *, signed: bool
    ) -> tuple[int, Any, float]:
        sent = dict(headers)
        if signed and self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        try:
            async with self._http.request(
                method, self._url + path, json=body, params=query, headers=sent, timeout=TIMEOUT
            ) as answer:
                wait = float(answer.headers.get("Retry-After") or 0)
                is_json = answer.content_type.endswith("json")
                return (
                    answer.status,
                    await answer.json(content_type=None) if is_json else await answer.text(),
                    wait,
                )
        except (ClientError, TimeoutError, OSError, ValueError) as error:
            return 0, type(error).__name__, 0.0
