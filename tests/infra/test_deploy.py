"""`make deploy`, as far as it goes without AWS: what is missing is told in one sentence, first of all."""

import copy
import json
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.artifacts import Artifacts
from infra.deploy import deploy, lines, main
from infra.edge_stack import refuse_other_region, static_host
from infra.packaging import MAX_RESOURCES, ROOT, Package, PackagingError, refuse_limits
from infra.parameters import refuse
from infra.stacks import DeployError
from tests.aws_in_process import age_objects, empty_moto

ACCOUNT = "123456789012"
STATIC_BUCKET = f"luckygas-prod-static-{ACCOUNT}-ap-northeast-1"


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


class Cloud:
    """CloudFormation of all regions, which does at once what it is asked: (stack, what, parameters).

    regions: of each stack.
    """

    def __init__(self) -> None:
        self.stacks: dict[str, dict[str, str]] = {}
        self.did: list[tuple[str, str, dict[str, str]]] = []
        self.regions: dict[str, str | None] = {}
        self._region: str | None = None

    def client(self, name: str, region_name: str | None = None) -> Any:
        if name != "cloudformation":
            return boto3.client(name, region_name=region_name)
        regional = copy.copy(self)
        regional._region = region_name
        return regional

    def describe_stacks(self, StackName: str) -> Any:
        if StackName not in self.stacks:
            message = f"Stack with id {StackName} does not exist"
            raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStacks")
        said = self.stacks[StackName]
        parameters = [{"ParameterKey": k, "ParameterValue": v} for k, v in said.items()]
        host = said.get("Domain") or "d1.cloudfront.net"
        outputs = [{"OutputKey": "Host", "OutputValue": host}] if StackName.endswith("-edge") else []
        if StackName.endswith("-edge") and said.get("Domain"):
            outputs.append({"OutputKey": "DomainTarget", "OutputValue": "d1.cloudfront.net"})
        if StackName == "luckygas-prod" and said.get("PublicUrl"):
            outputs.append({"OutputKey": "ConsoleAddress", "OutputValue": f"{said['PublicUrl']}/console"})
        return {"Stacks": [{"StackStatus": "CREATE_COMPLETE", "Parameters": parameters, "Outputs": outputs}]}

    def create_change_set(self, **asked: Any) -> None:
        name = asked["StackName"]
        if name.endswith("-data") and name not in self.stacks:
            place = {"LocationConstraint": "ap-northeast-1"}
            boto3.client("s3").create_bucket(Bucket=STATIC_BUCKET, CreateBucketConfiguration=place)
        before = self.stacks.get(name, {})
        said = {
            each["ParameterKey"]: each.get("ParameterValue", before.get(each["ParameterKey"], ""))
            for each in asked["Parameters"]
        }
        self.did.append((name, asked["ChangeSetType"], said))
        self.stacks[name] = said
        self.regions[name] = self._region

    def update_termination_protection(self, **asked: Any) -> None:
        assert asked["EnableTerminationProtection"]
        self.did.append((asked["StackName"], "PROTECT", {}))

    def execute_change_set(self, **_: Any) -> None: ...

    def get_waiter(self, _name: str) -> Any:
        return SimpleNamespace(wait=lambda **_: None)

    def get_paginator(self, name: str) -> Any:
        if name == "describe_change_set":
            return SimpleNamespace(paginate=lambda **_: [{"Changes": []}])
        return SimpleNamespace(paginate=self._resources)

    def _resources(self, StackName: str) -> Any:
        kinds = {
            "StaticBucket": ("AWS::S3::Bucket", STATIC_BUCKET),
            "RestAPI": ("AWS::ApiGateway::RestApi", "rest"),
            "WebsocketAPI": ("AWS::ApiGatewayV2::Api", "websocket"),
        }
        rows = [
            {
                "LogicalResourceId": name,
                "PhysicalResourceId": identifier,
                "ResourceType": kind,
                "ResourceStatus": "CREATE_COMPLETE",
            }
            for name, (kind, identifier) in kinds.items()
            if (name == "StaticBucket") == StackName.endswith("-data")
        ]
        return [{"StackResourceSummaries": rows}]


def deployed(cloud: Cloud, tmp_path: Path, stage: str = "prod", **parameters: str) -> list[Any]:
    """What a deployment asks of CloudFormation."""
    names = ("Stage", "Protected", "Edge", "PublicUrl", "WebsocketUrl")
    uses = [{"Ref": name} for name in names]
    resources = {
        "T": {"Type": "AWS::DynamoDB::Table", "Properties": {"Uses": uses[:2]}},
        "F": {"Type": "AWS::Lambda::Function", "Properties": {"Uses": [uses[0], *uses[2:]]}},
    }
    template = {"Parameters": {name: {"Default": ""} for name in names}, "Resources": resources}
    code = tmp_path / "code.zip"
    code.write_bytes(b"zip")
    static = tmp_path / "static"
    static.mkdir(exist_ok=True)
    (static / "start-A1.js").write_text("start()")
    cloud.did.clear()
    deploy(stage, Package(template, code, static), parameters=parameters, client=cloud.client)
    return cloud.did


def of_data(did: list[Any]) -> list[tuple[str, str | None]]:
    return [(what, said.get("Protected")) for name, what, said in did if name.endswith("-data")]


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
    assert first == dict.fromkeys(("luckygas-dev", "luckygas-dev-edge"), ["api/static/start-A1.js"])


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


def addresses(cloud: Cloud) -> tuple[str, str]:
    said = cloud.stacks["luckygas-prod"]
    return said.get("PublicUrl", ""), said.get("WebsocketUrl", "")


EXECUTE_API = ("https://rest.execute-api.ap-northeast-1.amazonaws.com/api", "")
CLOUDFRONT = ("https://d1.cloudfront.net/api", "wss://d1.cloudfront.net/api")
DOMAIN = ("https://gas.example/api", "wss://gas.example/api")
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"


def passes(cloud: Cloud) -> list[str]:
    return [name.removeprefix("luckygas-prod") for name, what, _ in cloud.did if what != "PROTECT"]


def test_the_edge_is_deployed_in_front_of_the_application_and_all_addresses_name_it(tmp_path: Path) -> None:
    cloud = Cloud()
    with empty_moto():
        deployed(cloud, tmp_path)
        assert passes(cloud) == ["-data", "-data", "", "-edge", ""]
        assert cloud.regions["luckygas-prod-edge"] == "us-east-1"
        assert cloud.stacks["luckygas-prod-edge"] == {
            "Stage": "prod",
            "RestHost": "rest.execute-api.ap-northeast-1.amazonaws.com",
            "WebsocketHost": "websocket.execute-api.ap-northeast-1.amazonaws.com",
            "StaticHost": f"{STATIC_BUCKET}.s3.ap-northeast-1.amazonaws.com",
        }
        assert addresses(cloud) == CLOUDFRONT
        assert ("luckygas-prod-edge", "PROTECT", {}) in cloud.did
        # Once the addresses are known, one pass is enough.
        deployed(cloud, tmp_path)
        assert passes(cloud) == ["-data", "", "-edge"]
        assert addresses(cloud) == CLOUDFRONT


def test_a_first_deployment_with_a_domain_needs_no_second_pass(tmp_path: Path) -> None:
    cloud = Cloud()
    with empty_moto():
        deployed(cloud, tmp_path, Domain="gas.example", DomainCertificate=CERTIFICATE)
    assert passes(cloud) == ["-data", "-data", "", "-edge"]
    assert cloud.stacks["luckygas-prod-edge"]["DomainCertificate"] == CERTIFICATE
    assert addresses(cloud) == DOMAIN


def test_addresses_change_only_once_the_edge_answers_at_them(tmp_path: Path) -> None:
    class Full(Cloud):
        is_full = True

        def create_change_set(self, **asked: Any) -> None:
            if asked["StackName"].endswith("-edge") and self.is_full:
                raise DeployError("full")
            super().create_change_set(**asked)

    cloud = Full()
    # A stage of a version without an edge.
    cloud.stacks["luckygas-prod"] = {"Stage": "prod", "PublicUrl": EXECUTE_API[0], "WebsocketUrl": ""}
    with empty_moto():
        with pytest.raises(DeployError, match="full\nluckygas-prod-edge is in us-east-1"):
            deployed(cloud, tmp_path, Domain="gas.example", DomainCertificate=CERTIFICATE)
        assert addresses(cloud) == EXECUTE_API
        cloud.is_full = False
        deployed(cloud, tmp_path, Domain="gas.example", DomainCertificate=CERTIFICATE)
        assert addresses(cloud) == DOMAIN
        deployed(cloud, tmp_path)
        assert addresses(cloud) == DOMAIN, "what was said once stays"
        deployed(cloud, tmp_path, Domain="")
        assert addresses(cloud) == CLOUDFRONT


def test_a_stage_without_our_edge_names_the_apis_themselves_or_what_is_said(tmp_path: Path) -> None:
    own = {"PublicUrl": "https://own.example/api", "WebsocketUrl": "wss://own.example/api"}
    cloud = Cloud()
    with empty_moto():
        deployed(cloud, tmp_path, Edge="none")
        assert passes(cloud) == ["-data", "-data", "", ""]
        assert addresses(cloud) == EXECUTE_API
        deployed(cloud, tmp_path, **own)
        assert passes(cloud) == ["-data", ""]
        assert addresses(cloud) == tuple(own.values())
        deployed(cloud, tmp_path)
        assert addresses(cloud) == tuple(own.values())
        deployed(cloud, tmp_path, PublicUrl="", WebsocketUrl="")
        assert addresses(cloud) == EXECUTE_API
        deployed(cloud, tmp_path, Edge="cloudfront")
        assert addresses(cloud) == CLOUDFRONT


def test_an_edge_that_is_turned_off_keeps_answering_but_nothing_names_it(tmp_path: Path) -> None:
    cloud = Cloud()
    with empty_moto():
        deployed(cloud, tmp_path)
        deployed(cloud, tmp_path, Edge="none")
        assert addresses(cloud) == EXECUTE_API
        assert "luckygas-prod-edge" in cloud.stacks
        deployed(cloud, tmp_path)
        assert passes(cloud) == ["-data", ""]


def test_a_stage_in_a_second_region_does_not_take_the_edge_of_the_first() -> None:
    before = {"StaticHost": static_host("luckygas-prod-static", "ap-northeast-1")}
    refuse_other_region("prod", {}, "eu-west-1")
    refuse_other_region("prod", before, "ap-northeast-1")
    with pytest.raises(DeployError, match="say Edge=none for this one"):
        refuse_other_region("prod", before, "eu-west-1")


def test_the_local_stage_has_no_edge(tmp_path: Path) -> None:
    cloud = Cloud()
    with empty_moto():
        deployed(cloud, tmp_path, "local", PublicUrl="http://127.0.0.1:8000/api")
    assert set(cloud.stacks) == {"luckygas-local-data", "luckygas-local"}
    assert cloud.stacks["luckygas-local"]["PublicUrl"] == "http://127.0.0.1:8000/api"


def test_people_see_one_address_and_where_dns_must_point(tmp_path: Path) -> None:
    cloud = Cloud()
    with empty_moto():
        deployed(cloud, tmp_path)
        assert lines("prod", cloud.client) == ["  ConsoleAddress   https://d1.cloudfront.net/api/console"]
        deployed(cloud, tmp_path, Domain="gas.example", DomainCertificate=CERTIFICATE)
        assert lines("prod", cloud.client) == [
            "  ConsoleAddress   https://gas.example/api/console",
            "  DomainTarget     d1.cloudfront.net",
        ]


def test_the_address_of_a_stage_that_failed_is_not_the_next_ones(tmp_path: Path) -> None:
    class Failed(Cloud):
        def describe_stacks(self, StackName: str) -> Any:
            found = super().describe_stacks(StackName)
            if found["Stacks"][0]["Parameters"][0]["ParameterValue"] == "failed":
                found["Stacks"][0]["StackStatus"] = "ROLLBACK_COMPLETE"
            return found

        def delete_stack(self, StackName: str) -> None:
            del self.stacks[StackName]

    cloud = Failed()
    cloud.stacks["luckygas-dev"] = {"Stage": "failed", "PublicUrl": "https://gone.example/api"}
    with empty_moto():
        deployed(cloud, tmp_path, "dev")
    assert cloud.stacks["luckygas-dev"]["PublicUrl"] == CLOUDFRONT[0]


TEMPLATE = json.loads((ROOT / "infra" / "resources.json").read_text())


@pytest.mark.parametrize(
    ("said", "before", "says"),
    [
        ({"AlarmMail": "a@b.c"}, {}, "no parameter AlarmMail; there are AlarmEmail, "),
        ({"Protected": "false"}, {}, "no parameter Protected"),
        ({"Domain": "gas.example"}, {}, "Domain is of no use without DomainCertificate"),
        (
            {
                "Domain": "gas.example",
                "DomainCertificate": "arn:aws:acm:ap-northeast-1:123456789012:certificate/1",
            },
            {},
            "DomainCertificate must be the ARN of a certificate in ACM of us-east-1",
        ),
        ({"EdgeRequestsPer5Minutes": "9"}, {}, "must be 0 or a whole number from 10 on"),
        ({"Edge": "cloudflare"}, {}, "Edge must be cloudfront or none, not cloudflare"),
        ({"PublicUrl": "https://a.example/api"}, {}, "PublicUrl follows from the edge: say Domain, or Edge=none"),
        ({"Domain": "gas.example", "Edge": "none"}, {}, "Domain can have no effect with Edge=none"),
        ({"EdgeRequestsPer5Minutes": "100"}, {"Edge": "none"}, "can have no effect with Edge=none"),
        ({"RestHost": "a.example"}, {}, "no parameter RestHost"),
        ({"SubnetIds": "subnet-1"}, {}, "SubnetIds is of no use without SecurityGroupIds"),
        ({"SecurityGroupIds": ""}, {"SubnetIds": "s", "SecurityGroupIds": "g"}, "without SecurityGroupIds"),
    ],
)
def test_parameters_are_judged_before_anything_is_touched(
    said: dict[str, str], before: dict[str, str], says: str
) -> None:
    with pytest.raises(DeployError, match=says):
        refuse(TEMPLATE, said, before, "aws")


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
def test_where_our_edge_cannot_be_deployed_another_must_be_meant(partition: str) -> None:
    with pytest.raises(DeployError, match=f"in the partition {partition}: say Edge=none"):
        refuse(TEMPLATE, {}, {}, partition)
    refuse(TEMPLATE, {"Edge": "none", "PublicUrl": "https://own.example/api"}, {}, partition)
    refuse(TEMPLATE, {}, {"Edge": "none"}, partition)


def test_what_was_said_earlier_counts(capsys: pytest.CaptureFixture[str]) -> None:
    refuse(TEMPLATE, {"Domain": "gas.example"}, {"DomainCertificate": CERTIFICATE}, "aws")
    refuse(TEMPLATE, {"Domain": ""}, {"Domain": "gas.example", "DomainCertificate": CERTIFICATE}, "aws")
    with empty_moto():
        assert "there is no parameter Typo" in told(capsys, "--parameter", "Typo=x")
