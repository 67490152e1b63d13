"""The REST function: it imports the module of a route with the first request for that route.

An import error fails the request, counts as an error of the function, and is in its log. Packaging imports every
module, so an error of the code already fails there.
"""

from functools import cache
from importlib import import_module
from typing import Any, Final

# Modules that nearly every request needs are imported at the start, where Lambda gives a function more CPU.
import jwt  # noqa: F401
from chalice.app import Chalice

from chalicelib.api import http  # noqa: F401
from chalicelib.api.modules import modules

app: Final = Chalice(app_name="luckygas", configure_logs=False)


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answers an event of API Gateway."""
    module = modules().get(event["requestContext"]["resourcePath"])
    if module is not None:
        _register(module)
    answer: dict[str, Any] = app(event, context)
    return answer


@cache
def _register(module: str) -> None:
    app.register_blueprint(import_module(module).bp)
