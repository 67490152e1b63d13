"""A fake CloudFormation that records the requests of a deployment."""

import copy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
from botocore.exceptions import ClientError

from infra.deploy import deploy
from infra.packaging import Package

ACCOUNT = "123456789012"
STATIC_BUCKET = f"luckygas-prod-static-{ACCOUNT}-ap-northeast-1"


class Cloud:
    """CloudFormation of all regions, which executes requests at once. did: (stack, what, parameters).

    regions: of each stack.
    """

    def __init__(self) -> None:
        self.stacks: dict[str, dict[str, str]] = {}
        self.did: list[tuple[str, str, dict[str, str]]] = []
        self.regions: dict[str, str | None] = {}
        self._region: str | None = None
        self._clients: dict[str, Any] = {}

    def client(self, name: str, region_name: str | None = None) -> Any:
        if name != "cloudformation":
            # One for all deployments, because it takes long to make.
            if name not in self._clients:
                self._clients[name] = boto3.client(name)
            return self._clients[name]
        regional = copy.copy(self)
        regional._region = region_name
        return regional

    def describe_stacks(self, StackName: str) -> Any:
        if StackName not in self.stacks:
            message = f"Stack with id {StackName} does not exist"
            raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStacks")
        sent = self.stacks[StackName]
        parameters = [{"ParameterKey": k, "ParameterValue": v} for k, v in sent.items()]
        host = sent.get("Domain") or "d1.cloudfront.net"
        outputs = [{"OutputKey": "Host", "OutputValue": host}] if StackName.endswith("-edge") else []
        if StackName.endswith("-edge") and sent.get("Domain"):
            outputs.append({"OutputKey": "DomainTarget", "OutputValue": "d1.cloudfront.net"})
        if StackName == "luckygas-prod" and sent.get("PublicUrl"):
            outputs.append({"OutputKey": "ConsoleAddress", "OutputValue": f"{sent['PublicUrl']}/console"})
        return {"Stacks": [{"StackStatus": "CREATE_COMPLETE", "Parameters": parameters, "Outputs": outputs}]}

    def create_change_set(self, **request: Any) -> None:
        name = request["StackName"]
        if name.endswith("-data") and name not in self.stacks:
            place = {"LocationConstraint": "ap-northeast-1"}
            boto3.client("s3").create_bucket(Bucket=STATIC_BUCKET, CreateBucketConfiguration=place)
        before = self.stacks.get(name, {})
        sent = {
            each["ParameterKey"]: each.get("ParameterValue", before.get(each["ParameterKey"], ""))
            for each in request["Parameters"]
        }
        self.did.append((name, request["ChangeSetType"], sent))
        self.stacks[name] = sent
        self.regions[name] = self._region

    def update_termination_protection(self, **request: Any) -> None:
        assert request["EnableTerminationProtection"]
        self.did.append((request["StackName"], "PROTECT", {}))

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
    """A deployment's calls to CloudFormation."""
    names = ("Stage", "Protected", "Edge", "PublicUrl", "WebsocketUrl", "OriginKey")
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
