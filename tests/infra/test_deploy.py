"""`make deploy` without AWS: it first reports missing requirements in one sentence."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.artifacts import Artifacts
from infra.deploy import main
from infra.packaging import MAX_RESOURCES, PackagingError, refuse_limits
from infra.stacks import DeployError
from tests.aws_in_process import age_objects, empty_moto
from tests.infra.cloud import ACCOUNT, STATIC_BUCKET, Cloud, deployed


def received(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["--stage", "prod", *arguments]) == 1
    sent = capsys.readouterr()
    assert sent.out == "", "nothing was packaged"
    assert len(sent.err.splitlines()) == 1
    return sent.err


def test_no_credentials(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    assert "sign in, or set AWS_PROFILE" in received(capsys)


def test_no_region(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    assert "AWS_REGION=" in received(capsys)


def test_an_invalid_parameter(capsys: pytest.CaptureFixture[str]) -> None:
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


def test_a_template_that_is_too_large_is_refused_before_cloudformation_is_called() -> None:
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


def of_data(did: list[Any]) -> list[tuple[str, str | None]]:
    return [(what, sent.get("Protected")) for name, what, sent in did if name.endswith("-data")]


def test_tables_are_protected_once_there_is_nothing_left_to_roll_back(tmp_path: Path) -> None:
    cloud = Cloud()
    with empty_moto():
        assert of_data(deployed(cloud, tmp_path)) == [("CREATE", "false"), ("UPDATE", "true"), ("PROTECT", None)]
        assert ("luckygas-prod", "PROTECT", {}) in cloud.did
        assert of_data(deployed(cloud, tmp_path)) == [("UPDATE", "true"), ("PROTECT", None)]


def test_a_stage_for_trying_things_out_may_be_deleted(tmp_path: Path) -> None:
    with empty_moto():
        did = deployed(Cloud(), tmp_path, "dev")
    assert not [name for name, what, _ in did if what == "PROTECT"]
    assert of_data(did) == [("CREATE", None)]


def test_a_deployment_that_fails_halfway_has_made_the_signing_key(tmp_path: Path) -> None:
    class Full(Cloud):
        def create_change_set(self, **asked: Any) -> None:
            raise DeployError("full")

    with empty_moto():
        with pytest.raises(DeployError, match="full"):
            deployed(Full(), tmp_path)
        assert boto3.client("ssm").get_parameter(Name="/luckygas/prod/jwt-keys")


def test_files_are_there_before_the_functions_whose_pages_name_them(tmp_path: Path) -> None:
    def files() -> list[str]:
        found = boto3.client("s3").list_objects_v2(Bucket=STATIC_BUCKET).get("Contents", [])
        return [each["Key"] for each in found]

    class Watched(Cloud):
        def create_change_set(self, **asked: Any) -> None:
            super().create_change_set(**asked)
            seen.append((asked["StackName"], files()))

    seen: list[tuple[str, list[str]]] = []
    with empty_moto():
        deployed(Watched(), tmp_path, "dev")
    first = dict(reversed(seen))
    assert first.pop("luckygas-dev-data") == []
    assert set(first) == {"luckygas-dev", "luckygas-dev-edge"}
    assert all(names == ["api/static/start-A1.js"] for names in first.values())


def test_a_deployment_that_fails_marks_no_file_and_the_next_one_does(tmp_path: Path) -> None:
    class Full(Cloud):
        full = False

        def create_change_set(self, **asked: Any) -> None:
            if self.full and asked["StackName"] == "luckygas-dev":
                raise DeployError("full")
            super().create_change_set(**asked)

    def tags() -> list[Any]:
        return boto3.client("s3").get_object_tagging(Bucket=STATIC_BUCKET, Key="api/static/old-A0.js")["TagSet"]

    cloud = Full()
    with empty_moto():
        deployed(cloud, tmp_path, "dev")
        boto3.client("s3").put_object(Bucket=STATIC_BUCKET, Key="api/static/old-A0.js", Body=b"old()")
        age_objects(STATIC_BUCKET, timedelta(days=2))
        cloud.full = True
        with pytest.raises(DeployError, match="full"):
            deployed(cloud, tmp_path, "dev")
        assert tags() == []
        cloud.full = False
        deployed(cloud, tmp_path, "dev")
        assert [tag["Key"] for tag in tags()] == ["superseded"]


def test_an_unknown_parameter(capsys: pytest.CaptureFixture[str]) -> None:
    with empty_moto():
        assert "there is no parameter Typo" in received(capsys, "--parameter", "Typo=x")
