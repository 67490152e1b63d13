"""Fixtures of the tests of commands."""

import json

import boto3
import pytest

from tests.aws_in_process import ENVIRONMENT

STAGE = "dev"


@pytest.fixture
def stage(aws: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """The tests' tables as a stage that commands find: by the environment of one of its functions."""
    # Put back afterwards, because commands take that environment for their own.
    for name, value in ENVIRONMENT.items():
        if value:
            monkeypatch.setenv(name, value)
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = boto3.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    variables = {name: value for name, value in ENVIRONMENT.items() if value and not name.startswith("AWS_")}
    boto3.client("lambda").create_function(
        FunctionName=f"luckygas-{STAGE}-fan_out",
        Runtime="python3.11",
        Role=role,
        Handler="app.fan_out",
        Code={"ZipFile": b"x"},
        Environment={"Variables": variables},
    )
    return STAGE
