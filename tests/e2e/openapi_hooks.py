"""Loaded by schemathesis: sets the caller, and records each operation's answers. `OPENAPI_STAGE` is a file with:

{"rest_url", "tokens": role → access token, "seen": the file to write to,
"spare": by operation that ends the session which asks, whose session each time: {"username", "password"}}
"""

import json
import os
from pathlib import Path
from typing import Any

import requests
import schemathesis

from tests.patience import SECONDS

_STAGE = json.loads(Path(os.environ["OPENAPI_STAGE"]).read_text())


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """The first role that may, with the admin before all."""
    roles = case.operation.definition.raw.get("x-roles")
    if roles is None:
        case.headers.pop("Authorization", None)
        return
    token = next((_STAGE["tokens"][role] for role in ("admin", "driver", "customer") if role in roles), "")
    if (spare := _STAGE["spare"].get(case.operation.label)) is not None:
        answer = requests.post(f"{_STAGE['rest_url']}/v1/auth/login", json=spare, timeout=SECONDS)
        token = answer.json().get("access_token", "")
    case.headers["Authorization"] = f"Bearer {token}"


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    with Path(_STAGE["seen"]).open("a") as seen:
        seen.write(json.dumps([case.operation.label, response.status_code]) + "\n")
