"""Lambda's asynchronous invocations: taken down, and handed over when the test says so."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from chalicelib import aws


class FakeLambda:
    """Answers `Invoke` in place of AWS, at the edge: the request is botocore's own.

    invoked: (function's name, event) in their order. refusing: whether it refuses instead.
    """

    def __init__(self) -> None:
        self.invoked: list[tuple[str, Any]] = []
        self.refusing = False

    @classmethod
    @contextmanager
    def running(cls) -> Iterator["FakeLambda"]:
        """In place of AWS for this process's client."""
        fake = cls()
        events = aws.client("lambda").meta.events
        events.register("before-send.lambda.Invoke", fake._answer)
        try:
            yield fake
        finally:
            events.unregister("before-send.lambda.Invoke", fake._answer)

    def take(self) -> list[tuple[str, Any]]:
        """What was asked for since the last time."""
        taken, self.invoked = self.invoked, []
        return taken

    def _answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        assert request.headers["X-Amz-Invocation-Type"] == b"Event"
        if self.refusing:
            return AWSResponse(request.url, 403, {}, _Raw(b"{}"))
        body = request.body
        name = request.url.split("/functions/")[1].split("/")[0]
        self.invoked.append((name, json.loads(body)))
        return AWSResponse(request.url, 202, {}, _Raw(b""))


class _Raw:
    """A response's body as botocore reads it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._body

    def read(self, *_: Any) -> bytes:
        body, self._body = self._body, b""
        return body
