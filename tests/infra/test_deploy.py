"""`make deploy`, as far as it goes without AWS: what is missing is told in one sentence, first of all."""

import boto3
import pytest

from infra.artifacts import Artifacts
from infra.deploy import main
from infra.packaging import MAX_RESOURCES, PackagingError, refuse_limits
from infra.stacks import DeployError
from tests.aws_in_process import empty_moto

ACCOUNT = "123456789012"


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["--stage", "prod", *arguments]) == 1
    said = capsys.readouterr()
    assert said.out == "", "nothing was packaged"
    assert len(said.err.splitlines()) == 1
    return said.err


def test_no_credentials(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    assert "sign in, or set AWS_PROFILE" in told(capsys)


def test_no_region(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    assert "AWS_REGION=" in told(capsys)


def test_a_parameter_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--stage", "prod", "--parameter", "AlarmEmail"])
    assert "like AlarmEmail=ops@example.com, not AlarmEmail" in capsys.readouterr().err


def test_a_stage_that_is_in_another_region_is_not_made_twice() -> None:
    with empty_moto():
        Artifacts.of(boto3.client("s3", region_name="ap-northeast-1"), "prod", ACCOUNT)
        elsewhere = boto3.client("s3", region_name="eu-west-1")
        with pytest.raises(DeployError, match="AWS_REGION=ap-northeast-1"):
            Artifacts.of(elsewhere, "prod", ACCOUNT)
        assert Artifacts.of(elsewhere, "prod", ACCOUNT, may_move=True).bucket.endswith("eu-west-1")
        # And another stage may be wherever it likes.
        Artifacts.of(elsewhere, "dev", ACCOUNT)


@pytest.mark.parametrize("region", ["ap-northeast-1", "us-east-1"])
def test_artifacts_are_private_and_put_once(region: str) -> None:
    with empty_moto():
        s3 = boto3.client("s3", region_name=region)
        artifacts = Artifacts.of(s3, "dev", ACCOUNT)
        assert artifacts.put("code", b"zip", ".zip") == artifacts.put("code", b"zip", ".zip")
        assert artifacts.put("code", b"other", ".zip") != artifacts.put("code", b"zip", ".zip")
        block = s3.get_public_access_block(Bucket=artifacts.bucket)["PublicAccessBlockConfiguration"]
        assert set(block.values()) == {True}
        assert "?" not in artifacts.url("code/x.zip")


def test_a_template_that_is_too_large_is_told_before_cloudformation_does() -> None:
    table = {"Type": "AWS::DynamoDB::Table"}
    schedule = {"Type": "AWS::Serverless::Function", "Properties": {"Events": {"Schedule": {}}}}
    refuse_limits("data", {"Resources": {f"T{n}": table for n in range(MAX_RESOURCES)}})
    resources = {**{f"T{n}": table for n in range(MAX_RESOURCES)}, "F": schedule}
    with pytest.raises(PackagingError, match="503 resources, and CloudFormation takes 500"):
        refuse_limits("data", {"Resources": resources})
    with pytest.raises(PackagingError, match="parameters"):
        refuse_limits("application", {"Resources": {}, "Parameters": dict.fromkeys(map(str, range(201)))})
    with pytest.raises(PackagingError, match="bytes"):
        refuse_limits("application", {"Resources": {"T": {**table, "Metadata": "x" * 1_000_000}}})
