"""Fake Lambda: records asynchronous invocations until the test delivers them, and runs the others at once."""

import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from chalicelib.consumers.optimize_routes import optimize_routes
from chalicelib.core import aws
from chalicelib.core.settings import settings
from chalicelib.routes import optimizer
from tests.calls import running_as

# botocore asks these handlers for an answer before it sends anything; moto would run the function in Docker.
_EVENT = "before-call.lambda.Invoke"
_SOURCES = "before-call.lambda.ListEventSourceMappings"


class FakeLambda:
    """Answers `Invoke` in place of AWS; the requests are botocore's own.

    invoked: (function's name, event) in their order. refusing: whether it refuses instead. solve: what
    `optimize_routes` is. sources: the event sources of the streams, as Lambda describes them.
    """

    def __init__(self) -> None:
        self.invoked: list[tuple[str, Any]] = []
        self.refusing = False
        self.sources: list[dict[str, Any]] = []
        self.solve: Callable[[Any], Any] = lambda event: optimize_routes(event, None)

    @classmethod
    @contextmanager
    def running(cls) -> Iterator["FakeLambda"]:
        """In place of AWS for this process's clients."""
        fake = cls()
        clients = [aws.client("lambda"), optimizer.client()]
        for client in clients:
            client.meta.events.register(_EVENT, fake._answer)
            client.meta.events.register(_SOURCES, fake._list_sources)
        try:
            yield fake
        finally:
            for client in clients:
                client.meta.events.unregister(_EVENT, fake._answer)
                client.meta.events.unregister(_SOURCES, fake._list_sources)

    def take(self) -> list[tuple[str, Any]]:
        """The requests since the last call."""
        taken, self.invoked = self.invoked, []
        return taken

    def _answer(self, params: Mapping[str, Any], **_: Any) -> tuple[Any, Mapping[str, Any]]:
        if self.refusing:
            error = {"Error": {"Code": "TooManyRequestsException"}, "ResponseMetadata": {}}
            return SimpleNamespace(status_code=429), error
        name = params["url_path"].split("/functions/")[1].split("/")[0]
        event = json.loads(params["body"])
        if params["headers"]["X-Amz-Invocation-Type"] == "RequestResponse":
            assert name == settings().optimizer_function
            return SimpleNamespace(status_code=200), self._solved(event)
        self.invoked.append((name, event))
        return SimpleNamespace(status_code=202), {"StatusCode": 202, "ResponseMetadata": {}}

    def _list_sources(self, **_: Any) -> tuple[Any, Mapping[str, Any]]:
        if self.refusing:
            return SimpleNamespace(status_code=429), {"Error": {"Code": "TooManyRequestsException"}}
        return SimpleNamespace(status_code=200), {"EventSourceMappings": self.sources, "ResponseMetadata": {}}

    def _solved(self, event: Any) -> Mapping[str, Any]:
        sent: Any
        failed = {}
        try:
            with running_as("optimize_routes"):
                sent = self.solve(event)
        except Exception as error:  # noqa: BLE001 — as Lambda does
            sent, failed = {"errorType": type(error).__name__}, {"FunctionError": "Unhandled"}
        payload = io.BytesIO(json.dumps(sent).encode())
        return {"StatusCode": 200, "Payload": payload, "ResponseMetadata": {}, **failed}
