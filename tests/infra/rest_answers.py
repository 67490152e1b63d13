"""What a function for the REST API answers in an unpacked package, for all routes, without a request to AWS.

`python -I -S rest_answers.py PACKAGE HANDLER`. Prints JSON: the modules of routes that are imported at the start,
the OpenAPI document, asked for first, and the answer to a request without a token for each route that needs one.
"""

import importlib
import json
import re
import sys
from collections.abc import Callable
from typing import Any

Function = Callable[[dict[str, Any], object], dict[str, Any]]


def main(handler: str) -> None:
    module, _, name = handler.rpartition(".")
    function: Function = getattr(importlib.import_module(module), name)
    served = importlib.import_module("chalicelib.api.modules").modules()
    imported = sorted(set(served.values()) & sys.modules.keys())
    document = ask(function, "GET", "/v1/openapi.json")
    routes = importlib.import_module("chalicelib.api.http").ROUTES
    guarded = [(each.method, each.path) for each in routes if each.roles is not None]
    answers = {f"{method} {path}": ask(function, method, path) for method, path in guarded}
    json.dump({"imported": imported, "document": document, "answers": answers}, sys.stdout)


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
    # The log goes to where the report is expected.
    stdout, sys.stdout = sys.stdout, sys.stderr
    importlib.import_module("chalicelib.core.logs")
    sys.stdout = stdout
    main(sys.argv[2])
