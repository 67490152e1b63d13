"""Requests made from the OpenAPI document, good and bad: no answer that it does not know, and never a 5xx."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.client import Client
from tests.e2e.stack import LocalStack

_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
# What would end the session that asks: not to be called at random.
_LEFT_OUT = "^/v1/(auth/(logout|password)|users/[^/]*)$"


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[LocalStack]:
    """One of its own: what random requests change, a language for one, would be another test's surprise."""
    running = LocalStack.start(tmp_path / "stack")
    try:
        yield running
    finally:
        running.stop()


@pytest.mark.timeout(240)
def test_random_requests_get_the_answers_of_the_document(stack: LocalStack, tmp_path: Path) -> None:
    token = Client(stack, "admin").tokens["access_token"]
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            "run",
            f"{stack.info['rest_url']}/v1/openapi.json",
            f"--url={stack.info['rest_url']}",
            f"--header=Authorization: Bearer {token}",
            f"--checks={','.join(_CHECKS)}",
            f"--exclude-path-regex={_LEFT_OUT}",
            "--phases=fuzzing",
            "--max-examples=10",
            "--seed=1",
            "--workers=2",
            "--no-color",
        ],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:]
