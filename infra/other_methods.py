"""API Gateway's answer to a method that a known path does not have: 405 with `Allow`.

By default API Gateway treats such a method as an unknown path, so every path gets a catch-all method. Its
integration is a mock, which runs no function.
"""

import json
from typing import Any, Final

from chalicelib.core.errors import MethodNotAllowed

ANY_METHOD: Final = "x-amazon-apigateway-any-method"

# A mock needs a template for each media type of a body. A request without a `Content-Type` counts as JSON. Other
# types are refused with 415 (`never`), because otherwise API Gateway would answer 500.
_MEDIA_TYPES: Final = (
    "application/json",
    # HTTP clients also send this type with an empty PUT.
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/plain",
)


def refuse_other_methods(definition: dict[str, Any]) -> None:
    """Adds the catch-all to every path of an API's definition (OpenAPI 2)."""
    for operations in definition["paths"].values():
        operations[ANY_METHOD] = _refusal([name.upper() for name in operations])


def _refusal(methods: list[str]) -> dict[str, Any]:
    allow = ", ".join(methods)
    refusal = MethodNotAllowed(f"This path allows {allow}.")
    headers = {
        "Allow": allow,
        "Content-Type": "application/problem+json",
        "Access-Control-Allow-Origin": "*",
    }
    status = str(refusal.status)
    return {
        "produces": ["application/json"],
        "responses": {
            status: {"description": refusal.title, "headers": {name: {"type": "string"} for name in headers}}
        },
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "passthroughBehavior": "never",
            "contentHandling": "CONVERT_TO_TEXT",
            "requestTemplates": dict.fromkeys(_MEDIA_TYPES, json.dumps({"statusCode": refusal.status})),
            "responses": {
                "default": {
                    "statusCode": status,
                    "responseParameters": {
                        f"method.response.header.{name}": f"'{value}'" for name, value in headers.items()
                    },
                    "responseTemplates": {"application/json": json.dumps(refusal.problem())},
                }
            },
        },
    }
