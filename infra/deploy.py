"""Package, then deploy with CloudFormation: `python -m infra.deploy --stage local|dev|prod [--package-only]`.

One path for AWS and for the local stack: which of them is meant is decided by the environment (AWS_ENDPOINT_URL)
like for every AWS tool. The local stack's own redeploys call `deploy` directly.

Two stacks, `luckygas-<stage>-data` first and then `luckygas-<stage>`: see infra/split.py.
"""

import argparse
import base64
import json
import os
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra import stacks
from infra.artifacts import Artifacts
from infra.aws_errors import region, sentence
from infra.packaging import ROOT, Package, PackagingError, package, version
from infra.parameters import refuse, with_addresses
from infra.split import split
from infra.stacks import DeployError
from infra.static_files import StaticFiles
from infra.template import Template, TemplateError, with_code

_PROD: Final = "prod"
STAGES: Final = ("local", "dev", _PROD)
# Outputs of the application's stack that people need, in this order.
_TOLD: Final = (
    "RestAddress",
    "SocketAddress",
    "ConsoleAddress",
    "RestDomainTarget",
    "WebsocketDomainTarget",
    "AlarmTopicArn",
)
# An hour: taking functions out of a VPC alone may be most of it.
_QUICK: Final = {"Delay": 1, "MaxAttempts": 3600}
_LOCAL_QUICK: Final = {"Delay": 0.1, "MaxAttempts": 600}


def deploy(
    stage: str,
    built: Package,
    *,
    parameters: Mapping[str, str] | None = None,
    may_lose: bool = False,
    may_move: bool = False,
    client: Callable[[str], Any] = boto3.client,
) -> dict[str, str]:
    """Brings both stacks to the package and returns their resources: logical id → physical id.

    parameters: of infra/resources.json; those not said stay as they were. may_lose, may_move: see stacks.apply and
    Artifacts.of. client: makes AWS's clients by name. Idempotent; data stays. Raises DeployError.
    """
    cloudformation, s3 = client("cloudformation"), client("s3")
    artifacts = Artifacts.of(s3, stage, client("sts").get_caller_identity()["Account"], may_move=may_move)
    pace = _LOCAL_QUICK if stage == "local" else _QUICK
    code_key = artifacts.put("code", built.code.read_bytes(), ".zip")
    layer_key = artifacts.put("layers", built.layer.read_bytes(), ".zip") if built.layer else None
    parts = split(with_code(built.template, artifacts.bucket, code_key, layer_key))
    data, application = f"luckygas-{stage}-data", f"luckygas-{stage}"

    def apply(stack: str, template: Template, said: Mapping[str, str]) -> None:
        # By URL, because a template with more than 51,200 bytes cannot be sent along.
        url = artifacts.url(artifacts.put("templates", json.dumps(template).encode(), ".json"))
        stacks.apply(cloudformation, stack, template, url, said, pace, may_lose=may_lose)

    # First, so that nothing that fails later leaves functions without it.
    _ensure_signing_key(client("ssm"), stage)
    if stage == _PROD:
        if not stacks.exists(cloudformation, data, pace):
            # The rollback of a first deployment that fails cannot delete protected tables, and what stays behind
            # stands in the way of the next one.
            apply(data, parts.data, {"Stage": stage, "Protected": "false"})
        apply(data, parts.data, {"Stage": stage, "Protected": "true"})
        stacks.protect(cloudformation, data)
    else:
        apply(data, parts.data, {"Stage": stage})
    storage = stacks.resources_of(cloudformation, data)
    static = StaticFiles(s3, storage["StaticBucket"], built.static)
    # Before the functions, whose pages name these files.
    static.upload()
    said = {"Stage": stage, **with_addresses(parameters or {}), **stacks.outputs(cloudformation, data)}
    apply(application, parts.application, said)
    resources = stacks.resources_of(cloudformation, application)
    if not stacks.parameters_of(cloudformation, application).get("PublicUrl"):
        # The functions' own API cannot stand in their environment by reference, for it refers to them: its address
        # is known only after the first deployment.
        apply(application, parts.application, {**said, "PublicUrl": _rest_url(resources)})
    if stage == _PROD:
        stacks.protect(cloudformation, application)
    static.mark_superseded()
    return {**storage, **resources}


def _rest_url(resources: Mapping[str, str]) -> str:
    """API Gateway's own address of the REST API, empty where there is none yet."""
    if not resources.get("RestAPI"):
        return ""
    session = boto3.Session()
    where = session.region_name or ""
    suffix = "amazonaws.com.cn" if session.get_partition_for_region(where) == "aws-cn" else "amazonaws.com"
    return f"https://{resources['RestAPI']}.execute-api.{where}.{suffix}/api"


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


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"a parameter is like AlarmEmail=ops@example.com, not {text}")
    return name, value


def main(given: Sequence[str] | None = None) -> int:
    """The command line. Exit code 1 with the reason on stderr when something fails."""
    parser = argparse.ArgumentParser(prog="python -m infra.deploy", description="Package and deploy a stage.")
    parser.add_argument("--stage", choices=STAGES, required=True)
    parser.add_argument("--package-only", action="store_true", help="stop after writing .build/<stage>")
    parser.add_argument("--parameter", type=_pair, action="append", default=[], help="Name=Value, kept then")
    parser.add_argument("--lose", action="store_true", help="tables, buckets and queues may go")
    parser.add_argument("--another-region", action="store_true", help="although the stage is in one already")
    wanted = parser.parse_args(given)
    stage: str = wanted.stage
    if stage == "local" and not wanted.package_only and not os.environ.get("AWS_ENDPOINT_URL"):
        print("error: the local stage lives in the local stack: start it with `make run`", file=sys.stderr)
        return 1
    try:
        if not wanted.package_only:
            # Before the minute that packaging takes.
            region()
            boto3.client("sts").get_caller_identity()
            before = stacks.parameters_of(boto3.client("cloudformation"), f"luckygas-{stage}")
            refuse(json.loads((ROOT / "infra" / "resources.json").read_text()), dict(wanted.parameter), before)
        build = ROOT / ".build" / stage
        built = package(stage, build)
        print(f"packaged {built.code.stat().st_size / 1e6:.1f} MB into {build.relative_to(ROOT)}")
        if not wanted.package_only:
            said = {"Version": version(), **dict(wanted.parameter)}
            resources = deploy(stage, built, parameters=said, may_lose=wanted.lose, may_move=wanted.another_region)
            print(f"deployed luckygas-{stage}: {len(resources)} resources")
            found = stacks.outputs(boto3.client("cloudformation"), f"luckygas-{stage}")
            for name in _TOLD:
                if name in found:
                    print(f"  {name:22} {found[name]}")
    except (PackagingError, TemplateError, DeployError) as error:
        print(f"error: {error}", file=sys.stderr)
    except (ClientError, BotoCoreError) as error:
        print(f"error: {sentence(error)}", file=sys.stderr)
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
