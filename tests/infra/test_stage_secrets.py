"""The secrets of a stage: random, created once, and never changed."""

import boto3

from infra.stage_secrets import ensure_secrets
from tests.aws_in_process import empty_moto


def parameters() -> dict[str, str]:
    ssm = boto3.client("ssm")
    names = ["/luckygas/dev/jwt-keys", "/luckygas/dev/origin-key", "/luckygas/dev/totp-key"]
    found = ssm.get_parameters(Names=names, WithDecryption=True)["Parameters"]
    return {each["Name"]: each["Value"] for each in found if each["Type"] == "SecureString"}


def test_a_stage_gets_its_secrets_once() -> None:
    with empty_moto():
        ensure_secrets(boto3.client("ssm"), "dev")
        first = parameters()
        ensure_secrets(boto3.client("ssm"), "dev")
        assert parameters() == first
    with empty_moto():
        ensure_secrets(boto3.client("ssm"), "dev")
        other = parameters()

    assert len(first) == len(other) == 3
    assert len(first["/luckygas/dev/totp-key"]) == 43
    assert not set(first.values()) & set(other.values())
