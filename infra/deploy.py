"""Package, then deploy with CloudFormation: `python -m infra.deploy --stage local|dev|prod [--package-only]`.

The same code deploys to AWS and to the local stack: the environment (AWS_ENDPOINT_URL) decides, as for every AWS
tool. The local stack calls `deploy` directly.

Three stacks: `luckygas-<stage>-data`, then `luckygas-<stage>` (infra/split.py), then `luckygas-<stage>-edge` in
us-east-1 (infra/edge_template.py). The local stage, and one with Edge=none, has no third.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra import stacks
from infra.artifacts import Artifacts
from infra.aws_errors import region, sentence
from infra.edge_stack import (
    ADDRESSES,
    addresses_of,
    apply_edge,
    name_of,
    refuse_other_region,
    static_host,
)
from infra.edge_template import PARAMETERS as OF_THE_EDGE
from infra.edge_template import REGION as EDGE_REGION
from infra.packaging import ROOT, Package, PackagingError, package, version
from infra.parameters import has_edge, refuse
from infra.split import split
from infra.stacks import DeployError
from infra.stage_secrets import ensure_secrets
from infra.static_files import StaticFiles
from infra.template import Template, TemplateError, with_code

_PROD: Final = "prod"
STAGES: Final = ("local", "dev", _PROD)
# Outputs to print, in this order. Only a stage with Edge=none has the first two.
_SHOWN: Final = ("RestAddress", "SocketAddress", "ConsoleAddress", "DomainTarget", "AlarmTopicArn")
# An hour, because removing functions from a VPC may take most of it.
_QUICK: Final = {"Delay": 1, "MaxAttempts": 3600}
_LOCAL_QUICK: Final = {"Delay": 0.1, "MaxAttempts": 600}


def deploy(
    stage: str,
    built: Package,
    *,
    parameters: Mapping[str, str] | None = None,
    may_lose: bool = False,
    may_move: bool = False,
    client: Callable[..., Any] = boto3.client,
) -> dict[str, str]:
    """Deploys the package and returns the resources of the stacks except the edge's: logical id → physical id.

    parameters: of infra/resources.json and infra/edge_template.py; absent ones do not change. may_lose, may_move:
    see stacks.apply and Artifacts.of. client: makes AWS's clients, as boto3.client does. Idempotent; data is
    preserved. Raises DeployError.
    """
    cloudformation, s3 = client("cloudformation"), client("s3")
    artifacts = Artifacts.of(s3, stage, client("sts").get_caller_identity()["Account"], may_move=may_move)
    pace = _LOCAL_QUICK if stage == "local" else _QUICK
    parts = split(_with_uploaded_code(built, artifacts))
    data, application = f"luckygas-{stage}-data", f"luckygas-{stage}"

    def apply(stack: str, template: Template, supplied: Mapping[str, str]) -> None:
        # By URL, because a template with more than 51,200 bytes cannot be sent along.
        url = artifacts.url(artifacts.put("templates", json.dumps(template).encode(), ".json"))
        stacks.apply(cloudformation, stack, template, url, supplied, pace, may_lose=may_lose)

    # First, so that a later failure does not leave functions without them.
    origin_key = ensure_secrets(client("ssm"), stage)
    _apply_data(cloudformation, stage, partial(apply, data, parts.data), pace)
    storage = stacks.resources_of(cloudformation, data)
    static = StaticFiles(s3, storage["StaticBucket"], built.static)
    # Before the functions, whose pages refer to these files.
    static.upload()
    given = dict(parameters or {})
    before = stacks.parameters_of(cloudformation, application)
    is_ours = _is_ours(stage, given, before)
    supplied = {
        "Stage": stage,
        "OriginKey": origin_key,
        **{name: value for name, value in given.items() if name not in (*OF_THE_EDGE, *ADDRESSES)},
        **_known_addresses(given, before, is_ours=is_ours),
        **stacks.outputs(cloudformation, data),
    }
    apply(application, parts.application, supplied)
    resources = storage | stacks.resources_of(cloudformation, application)
    where = s3.meta.region_name
    if is_ours:
        of_edge = {name: value for name, value in given.items() if name in OF_THE_EDGE}
        origins = {"OriginKey": origin_key, **_hosts(resources, where)}
        addresses = _apply_edge(client, stage, {**origins, **of_edge}, pace)
    else:
        addresses = _addresses_without_edge(stage, given, before, _rest_url(resources, where))
    now = stacks.parameters_of(cloudformation, application)
    if any(now.get(name, "") != address for name, address in addresses.items()):
        # In a second pass, because the edge and the API refer to the functions that need their addresses.
        apply(application, parts.application, {**supplied, **addresses})
    if stage == _PROD:
        stacks.protect(cloudformation, application)
    static.mark_superseded()
    return resources


def _with_uploaded_code(built: Package, artifacts: Artifacts) -> Template:
    """Uploads the package's code. Returns the template with the code's address."""
    code_key = artifacts.put("code", built.code.read_bytes(), ".zip")
    layer_key = artifacts.put("layers", built.layer.read_bytes(), ".zip") if built.layer else None
    return with_code(built.template, artifacts.bucket, code_key, layer_key)


def _apply_data(
    cloudformation: Any, stage: str, apply: Callable[[Mapping[str, str]], None], pace: Mapping[str, Any]
) -> None:
    """Deploys the data stack; production's is protected from deletion once it exists."""
    if stage != _PROD:
        apply({"Stage": stage})
        return
    data = f"luckygas-{stage}-data"
    if not stacks.exists(cloudformation, data, pace):
        # After a failed first deployment the rollback could not delete protected tables, which would then prevent
        # the next deployment.
        apply({"Stage": stage, "Protected": "false"})
    apply({"Stage": stage, "Protected": "true"})
    stacks.protect(cloudformation, data)


def _apply_edge(
    client: Callable[..., Any], stage: str, supplied: Mapping[str, str], pace: Mapping[str, Any]
) -> dict[str, str]:
    """Creates or updates the edge's stack. Returns the stage's addresses."""
    cloudformation = client("cloudformation", region_name=EDGE_REGION)
    host = apply_edge(cloudformation, stage, supplied, pace)
    if stage == _PROD:
        stacks.protect(cloudformation, name_of(stage))
    return addresses_of(host)


def _addresses_without_edge(
    stage: str, given: Mapping[str, str], before: Mapping[str, str], rest_url: str
) -> dict[str, str]:
    """The stage's present addresses, or those of the previous deployment."""
    # The addresses of a distribution that the stage no longer has are not used.
    last = before if before.get("Edge") == "none" or stage == "local" else {}
    addresses = {name: given.get(name, last.get(name, "")) for name in ADDRESSES}
    return {**addresses, "PublicUrl": addresses["PublicUrl"] or rest_url}


def _is_ours(stage: str, supplied: Mapping[str, str], before: Mapping[str, str]) -> bool:
    """Whether the stage's edge is a distribution of ours; the local stage has the front door."""
    return stage != "local" and has_edge(supplied, before)


def _known_addresses(given: Mapping[str, str], before: Mapping[str, str], *, is_ours: bool) -> dict[str, str]:
    """The addresses known before the first pass; the others keep their previous value until the second pass."""
    if not is_ours:
        return {name: given[name] for name in ADDRESSES if given.get(name)}
    is_first = not before.get("PublicUrl")
    return addresses_of(given["Domain"]) if is_first and given.get("Domain") else {}


def _hosts(resources: Mapping[str, str], where: str) -> dict[str, str]:
    """The edge's stack parameters with the hosts to which it forwards requests."""
    return {
        "RestHost": _host(resources["RestAPI"], where),
        "WebsocketHost": _host(resources["WebsocketAPI"], where),
        "StaticHost": static_host(resources["StaticBucket"], where),
    }


def _host(api: str, where: str) -> str:
    """API Gateway's own host of an API."""
    partition = boto3.Session().get_partition_for_region(where)
    return f"{api}.execute-api.{where}.amazonaws.com{'.cn' if partition == 'aws-cn' else ''}"


def _rest_url(resources: Mapping[str, str], where: str) -> str:
    """API Gateway's own URL of the REST API, empty if there is none yet."""
    return f"https://{_host(resources['RestAPI'], where)}/api" if resources.get("RestAPI") else ""


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"a parameter is like AlarmEmail=ops@example.com, not {text}")
    return name, value


def _refuse(stage: str, supplied: Mapping[str, str]) -> None:
    """Raises DeployError, and errors of AWS's clients, if the deployment cannot start."""
    where = region()
    partition = boto3.Session().get_partition_for_region(where)
    boto3.client("sts").get_caller_identity()
    before = stacks.parameters_of(boto3.client("cloudformation"), f"luckygas-{stage}")
    if partition == "aws":
        before |= stacks.parameters_of(boto3.client("cloudformation", region_name=EDGE_REGION), name_of(stage))
    refuse(json.loads((ROOT / "infra" / "resources.json").read_text()), supplied, before, partition)
    if _is_ours(stage, supplied, before):
        refuse_other_region(stage, before, where)


def lines(stage: str, client: Callable[..., Any] = boto3.client) -> list[str]:
    """The lines to print for a deployed stage."""
    cloudformation = client("cloudformation")
    found = stacks.outputs(cloudformation, f"luckygas-{stage}")
    if _is_ours(stage, {}, stacks.parameters_of(cloudformation, f"luckygas-{stage}")):
        found |= stacks.outputs(client("cloudformation", region_name=EDGE_REGION), name_of(stage))
    return [f"  {name:16} {found[name]}" for name in _SHOWN if name in found]


def main(argv: Sequence[str] | None = None) -> int:
    """The command line. Exit code 1 with the reason on stderr when something fails."""
    parser = argparse.ArgumentParser(prog="python -m infra.deploy", description="Package and deploy a stage.")
    parser.add_argument("--stage", choices=STAGES, required=True)
    parser.add_argument("--package-only", action="store_true", help="stop after writing .build/<stage>")
    parser.add_argument("--parameter", type=_pair, action="append", default=[], help="Name=Value; stays set")
    parser.add_argument("--lose", action="store_true", help="tables, buckets and queues may go")
    parser.add_argument("--another-region", action="store_true", help="although the stage is in one already")
    options = parser.parse_args(argv)
    stage: str = options.stage
    if stage == "local" and not options.package_only and not os.environ.get("AWS_ENDPOINT_URL"):
        print("error: the local stage lives in the local stack: start it with `make run`", file=sys.stderr)
        return 1
    try:
        if not options.package_only:
            # Before the minute that packaging takes.
            _refuse(stage, dict(options.parameter))
        build = ROOT / ".build" / stage
        built = package(stage, build)
        print(f"packaged {built.code.stat().st_size / 1e6:.1f} MB into {build.relative_to(ROOT)}")
        if not options.package_only:
            supplied = {"Version": version(), **dict(options.parameter)}
            resources = deploy(
                stage, built, parameters=supplied, may_lose=options.lose, may_move=options.another_region
            )
            print(f"deployed luckygas-{stage}: {len(resources)} resources")
            for line in lines(stage):
                print(line)
    except (PackagingError, TemplateError, DeployError) as error:
        print(f"error: {error}", file=sys.stderr)
    except (ClientError, BotoCoreError) as error:
        print(f"error: {sentence(error)}", file=sys.stderr)
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
