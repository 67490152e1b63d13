"""A command that fails prints one sentence that tells the operator what to do."""

import os
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, NoRegionError

from infra.aws_errors import sentence
from infra.ops.logs import main
from tests.infra.local_folder import announced


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) == 1
    sent = capsys.readouterr()
    assert sent.out == ""
    assert len(sent.err.splitlines()) == 1
    return sent.err


def test_a_stage_that_is_not_in_the_region(aws: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert "stage prod is not in ap-northeast-1" in refused(capsys, "--stage", "prod")


def test_no_region(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    assert "AWS_REGION" in refused(capsys, "--stage", "prod")


def test_no_local_stack(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    assert "make run" in refused(capsys, "--stage", "local")


def test_a_killed_stacks_file_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    with announced(tmp_path, {"emulator_url": "http://127.0.0.1:1", "pid": os.getpid()}):
        pass
    assert "stack.json was left behind by a killed one" in refused(capsys, "--stage", "local")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (NoCredentialsError(), "sign in"),
        (NoRegionError(), "AWS_REGION"),
        (EndpointConnectionError(endpoint_url="https://x"), "https://x does not answer"),
        (ClientError({"Error": {"Code": "ExpiredToken"}}, "X"), "have expired"),
        (ClientError({"Error": {"Code": "AccessDenied", "Message": "sqs:X"}}, "X"), "may not do it: sqs:X"),
        (ClientError({"Error": {"Code": "Odd", "Message": "m"}}, "X"), "m"),
    ],
)
def test_errors_of_aws_become_instructions(error: Exception, says: str) -> None:
    assert says in sentence(error)
    assert "\n" not in sentence(error)
