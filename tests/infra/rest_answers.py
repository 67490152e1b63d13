"""Calls a function for the REST API in an unpacked package, with all routes.

The signing keys come from an endpoint here: AWS is never called, and no call waits for its retries.

`python -I -S rest_answers.py PACKAGE HANDLER`. Prints JSON: the modules of routes that are imported at the start,
the OpenAPI document, asked for first, the answer to a request without a token for each route that needs one, and
how often the keys were read.
"""

import importlib
import json
import os
import re
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

Function = Callable[[dict[str, Any], object], dict[str, Any]]


class ParameterStore(BaseHTTPRequestHandler):
    """Answers `GetParameter` with signing keys."""

    reads = 0

    def do_POST(self) -> None:
        ParameterStore.reads += 1
        keys = json.dumps({"signing_kid": "1", "keys": {"1": "a key for tests only, of 32 bytes"}})
        body = json.dumps({"Parameter": {"Value": keys}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Logs nothing: the output is for the answers."""


def main(handler: str) -> None:
    module, _, name = handler.rpartition(".")
    function: Function = getattr(importlib.import_module(module), name)
    served = importlib.import_module("chalicelib.api.modules").modules()
    imported = sorted(set(served.values()) & sys.modules.keys())
    document = ask(function, "GET", "/v1/openapi.json")
    routes = importlib.import_module("chalicelib.api.http").ROUTES
    guarded = [(each.method, each.path) for each in routes if each.roles is not None]
    answers = {f"{method} {path}": ask(function, method, path) for method, path in guarded}
    found = {"imported": imported, "document": document, "answers": answers, "keys_read": ParameterStore.reads}
    json.dump(found, sys.stdout)


def ask(function: Function, method: str, path: str) -> dict[str, Any]:
    parameters = dict.fromkeys(re.findall(r"\{(\w+)\}", path), "1")
    event = {
        "requestContext": {"resourcePath": path, "httpMethod": method, "requestId": "a-request"},
        "headers": {"accept": "*/*"},
        "multiValueHeaders": {"accept": ["*/*"]},
        "multiValueQueryStringParameters": None,
        "pathParameters": parameters,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    }
    return function(event, None)


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), ParameterStore)
    Thread(target=server.serve_forever, daemon=True).start()
    os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{server.server_port}"
    # The log is written to the report's output.
    stdout, sys.stdout = sys.stdout, sys.stderr
    importlib.import_module("chalicelib.core.logs")
    sys.stdout = stdout
    main(sys.argv[2])
