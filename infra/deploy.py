"""Package, then deploy with CloudFormation: `python -m infra.deploy --stage local|dev|prod [--package-only]`.

One path for AWS and for the local stack: which of them is meant is decided by the environment (AWS_ENDPOINT_URL)
like for every AWS tool. The local stack's own redeploys call `deploy` directly.
"""

import argparse
import base64
import hashlib
import json
import os
import secrets
import sys
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from infra.packaging import ROOT, Package, PackagingError, package, version
from infra.template import TemplateError, with_code

STAGES = ("local", "dev", "prod")
_QUICK = {"Delay": 1, "MaxAttempts": 1800}
_LOCAL_QUICK = {"Delay": 0.1, "MaxAttempts": 600}


class DeployError(RuntimeError):
    """CloudFormation refused or rolled back; the message holds its reasons."""


def deploy(
    stage: str,
    built: Package,
    *,
    ws_endpoint: str = "",
    public_url: str = "",
    websocket_url: str = "",
    map_tiles: str = "",
    released: str = "dev",
) -> dict[str, str]:
    """Brings the stack `luckygas-<stage>` to the package and returns its resources: logical id → physical id.

    public_url, websocket_url: where people reach the two APIs, if not at API Gateway's own addresses.
    map_tiles: URL template of the console's map. What is not given of these stays as it was before.
    Idempotent; data stays. Raises DeployError.
    """
    cloudformation = boto3.client("cloudformation")
    s3 = boto3.client("s3")
    bucket = _artifacts_bucket(s3, stage)
    code = built.code.read_bytes()
    code_key = f"code/{hashlib.sha256(code).hexdigest()}.zip"
    s3.put_object(Bucket=bucket, Key=code_key, Body=code)
    template = json.dumps(with_code(built.template, bucket, code_key)).encode()
    template_key = f"templates/{hashlib.sha256(template).hexdigest()}.json"
    # By URL, because a template with more than 51,200 bytes cannot be sent along.
    s3.put_object(Bucket=bucket, Key=template_key, Body=template)
    url = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": template_key}).split("?", 1)[0]

    stack = f"luckygas-{stage}"
    before = _parameters(cloudformation, stack)
    parameters = {
        "Stage": stage,
        "Version": released,
        "WsEndpoint": ws_endpoint,
        "WebsocketUrl": websocket_url or before.get("WebsocketUrl", ""),
        "MapTiles": map_tiles or before.get("MapTiles", ""),
    }
    pace = _LOCAL_QUICK if stage == "local" else _QUICK
    known = public_url or before.get("PublicUrl", "")
    _apply(cloudformation, stack, url, {**parameters, "PublicUrl": known}, pace)
    resources = _resources(cloudformation, stack)
    if not known:
        # The functions' own API cannot stand in their environment by reference, for it refers to them: its address
        # is known only after the first deployment.
        _apply(cloudformation, stack, url, {**parameters, "PublicUrl": _rest_url(resources)}, pace)
    _ensure_signing_key(boto3.client("ssm"), stage)
    return resources


def _parameters(cloudformation: Any, stack: str) -> dict[str, str]:
    """What the deployment before said, nothing before the first."""
    if not _exists(cloudformation, stack):
        return {}
    parameters = cloudformation.describe_stacks(StackName=stack)["Stacks"][0].get("Parameters", [])
    return {each["ParameterKey"]: each["ParameterValue"] for each in parameters}


def _resources(cloudformation: Any, stack: str) -> dict[str, str]:
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    rows = [row for page in pages for row in page["StackResourceSummaries"]]
    return {row["LogicalResourceId"]: row.get("PhysicalResourceId", "") for row in rows}


def _rest_url(resources: dict[str, str]) -> str:
    """API Gateway's own address of the REST API, empty where there is none yet."""
    if not resources.get("RestAPI"):
        return ""
    session = boto3.Session()
    region = session.region_name or ""
    suffix = "amazonaws.com.cn" if session.get_partition_for_region(region) == "aws-cn" else "amazonaws.com"
    return f"https://{resources['RestAPI']}.execute-api.{region}.{suffix}/api"


def _artifacts_bucket(s3: Any, stage: str) -> str:
    account = boto3.client("sts").get_caller_identity()["Account"]
    bucket = f"luckygas-{stage}-artifacts-{account}-{s3.meta.region_name}"
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError:
        # us-east-1 alone takes no location: it is what one gets without.
        place = {"CreateBucketConfiguration": {"LocationConstraint": s3.meta.region_name}}
        s3.create_bucket(Bucket=bucket, **({} if s3.meta.region_name == "us-east-1" else place))
        s3.put_public_access_block(
            Bucket=bucket,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": True,
                "RestrictPublicBuckets": True,
            },
        )
    return bucket


def _apply(cloudformation: Any, stack: str, url: str, parameters: dict[str, str], pace: dict[str, Any]) -> None:
    """Creates or updates the stack by a change set and waits for the end."""
    exists = _exists(cloudformation, stack)
    name = f"deploy-{secrets.token_hex(6)}"
    cloudformation.create_change_set(
        StackName=stack,
        ChangeSetName=name,
        ChangeSetType="UPDATE" if exists else "CREATE",
        TemplateURL=url,
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Tags=[{"Key": "app", "Value": "luckygas"}],
    )
    try:
        cloudformation.get_waiter("change_set_create_complete").wait(
            StackName=stack, ChangeSetName=name, WaiterConfig=pace
        )
    except WaiterError as error:
        reason = error.last_response.get("StatusReason", str(error))
        cloudformation.delete_change_set(StackName=stack, ChangeSetName=name)
        if exists and ("didn't contain changes" in reason or "No updates are to be performed" in reason):
            return
        raise DeployError(f"CloudFormation refused the template: {reason}") from error
    cloudformation.execute_change_set(StackName=stack, ChangeSetName=name)
    waiter = cloudformation.get_waiter("stack_update_complete" if exists else "stack_create_complete")
    try:
        waiter.wait(StackName=stack, WaiterConfig=pace)
    except WaiterError as error:
        raise DeployError(f"{stack} was not deployed:\n{_reasons(cloudformation, stack)}") from error


def _exists(cloudformation: Any, stack: str) -> bool:
    try:
        status = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        return False
    if status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED"):
        # What a failed first deployment leaves cannot be updated, only deleted.
        cloudformation.delete_stack(StackName=stack)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack)
        return False
    return bool(status != "REVIEW_IN_PROGRESS")


def _reasons(cloudformation: Any, stack: str) -> str:
    """Why resources failed, the first failure first."""
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    failed = [event for event in reversed(events) if event["ResourceStatus"].endswith("_FAILED")]
    lines = [f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed]
    return "\n".join(lines) or "  CloudFormation gives no reason"


def _ensure_signing_key(ssm: Any, stage: str) -> None:
    """Makes the first key that signs tokens, random and only ever here; a key that exists is left alone."""
    keys = {"k1": base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()}
    try:
        ssm.put_parameter(
            Name=f"/luckygas/{stage}/jwt-keys",
            Type="SecureString",
            Value=json.dumps({"signing_kid": "k1", "keys": keys}),
            Overwrite=False,
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ParameterAlreadyExists":
            raise


def main() -> int:
    """The command line. Exit code 1 with the reason on stderr when something fails."""
    parser = argparse.ArgumentParser(prog="python -m infra.deploy", description="Package and deploy a stage.")
    parser.add_argument("--stage", choices=STAGES, required=True)
    parser.add_argument("--public-url", default="", help="base URL of the REST API on a domain of your own")
    parser.add_argument("--websocket-url", default="", help="URL of the WebSocket on a domain of your own")
    parser.add_argument("--map-tiles", default="", help="URL template of map tiles, https://…/{z}/{x}/{y}.png")
    parser.add_argument("--package-only", action="store_true", help="stop after writing .build/<stage>")
    arguments = parser.parse_args()
    stage: str = arguments.stage
    if stage == "local" and not arguments.package_only and not os.environ.get("AWS_ENDPOINT_URL"):
        print("The local stage lives in the local stack: start it with `make run`.", file=sys.stderr)
        return 1
    try:
        build = ROOT / ".build" / stage
        built = package(stage, build)
        print(f"packaged {built.code.stat().st_size / 1e6:.1f} MB into {build.relative_to(ROOT)}")
        if not arguments.package_only:
            resources = deploy(
                stage,
                built,
                public_url=arguments.public_url,
                websocket_url=arguments.websocket_url,
                map_tiles=arguments.map_tiles,
                released=version(),
            )
            print(f"deployed luckygas-{stage}: {len(resources)} resources")
    except (PackagingError, TemplateError, DeployError, ClientError, BotoCoreError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
