"""Valid and invalid requests generated from the OpenAPI document: only documented answers, and never a 5xx.

The document has ids and bodies of the stack's tenants, so that requests are accepted.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from chalicelib.api.http import ROUTES
from tests.e2e.client import Client
from tests.e2e.openapi_examples import ENDING, ExampleRecords, routes_of, with_examples
from tests.e2e.stack import LocalStack
from tests.patience import SECONDS

_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
# Random requests of each operation, beside the good ones.
_EXAMPLES = {"delivery": 3, "table": 2}
# Operations that no request of this test can call successfully, with the reason.
NEVER_GOOD = {
    "GET /v1/receipts/mitake/{code}": "asked by a provider that the stack does not use",
    "POST /v1/auth/totp/start": "asks for the caller's own password",
    "POST /v1/auth/totp/confirm": "needs a code of an app",
    "POST /v1/auth/totp/remove": "needs a code of an app",
}


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[LocalStack]:
    """A stack of its own: random changes, for example of the language, would disturb other tests."""
    running = LocalStack.start(tmp_path / "stack")
    try:
        yield running
    finally:
        running.stop()


@pytest.mark.takes(300)
def test_every_operation_is_entered_and_answers_as_the_document_says(stack: LocalStack, tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool:
        found = [pool.submit(openapi_run, stack, kind, tmp_path / kind) for kind in _EXAMPLES]
    entered = {label for each in found for label in each.result()}
    everything = {f"{route.method} {route.path}" for route in ROUTES}
    assert everything - entered == NEVER_GOOD.keys()


def openapi_run(stack: LocalStack, kind: str, directory: Path) -> set[str]:
    """The operations that a business of a kind called successfully."""
    directory.mkdir()
    rest_url, records = stack.info["rest_url"], ExampleRecords(stack, kind)
    document = requests.get(f"{rest_url}/v1/openapi.json", timeout=SECONDS).json()
    received, sent, seen = directory / "openapi.json", directory / "stage.json", directory / "seen"
    received.write_text(json.dumps(with_examples(document, records, routes_of(kind))))
    roles = ("admin", "driver", "customer") if kind == "delivery" else ("admin",)
    tokens = {role: Client(stack, role, kind).tokens["access_token"] for role in roles}
    spare = {label: records.credentials() for label in ENDING}
    sent.write_text(json.dumps({"rest_url": rest_url, "tokens": tokens, "spare": spare, "seen": str(seen)}))
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            "run",
            str(received),
            f"--url={rest_url}",
            f"--checks={','.join(_CHECKS)}",
            "--phases=examples,fuzzing",
            f"--max-examples={_EXAMPLES[kind]}",
            "--seed=1",
            "--workers=2",
            "--no-color",
            "--warnings=off",
        ],
        cwd=directory,
        env={
            **os.environ,
            "OPENAPI_STAGE": str(sent),
            "SCHEMATHESIS_HOOKS": "tests.e2e.openapi_hooks",
            "PYTHONPATH": str(Path(__file__).parents[2]),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:]
    answers = [json.loads(line) for line in seen.read_text().splitlines()]
    return {label for label, status in answers if 200 <= status < 300}
