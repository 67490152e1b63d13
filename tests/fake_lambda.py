"""Lambda's asynchronous invocations: taken down, and handed over when the test says so."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from chalicelib import aws

# botocore asks these handlers for an answer before it sends anything; moto would run the function in Docker.
_EVENT = "before-call.lambda.Invoke"


class FakeLambda:
    """Answers `Invoke` in place of AWS; the requests are botocore's own.

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
        events.register(_EVENT, fake._answer)
        try:
            yield fake
        finally:
            events.unregister(_EVENT, fake._answer)

    def take(self) -> list[tuple[str, Any]]:
        """What was asked for since the last time."""
        taken, self.invoked = self.invoked, []
        return taken

    def _answer(self, params: Mapping[str, Any], **_: Any) -> tuple[Any, Mapping[str, Any]]:
        if self.refusing:
            error = {"Error": {"Code": "TooManyRequestsException"}, "ResponseMetadata": {}}
            return SimpleNamespace(status_code=429), error
        assert params["headers"]["X-Amz-Invocation-Type"] == "Event"
        name = params["url_path"].split("/functions/")[1].split("/")[0]
        self.invoked.append((name, json.loads(params["body"])))
        return SimpleNamespace(status_code=202), {"StatusCode": 202, "ResponseMetadata": {}}
