"""Trimming botocore removes only what no function uses, and changes nothing else."""

import ast
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore
import pytest
from botocore.loaders import Loader
from botocore.session import Session

from chalicelib.consumers.stream import STREAMS
from chalicelib.core.aws import config_of
from infra.packaging import ROOT
from infra.permissions import PERMISSIONS
from infra.policies import policy
from infra.trimming import OPERATIONS, trim_botocore

_READS: dict[str, tuple[str, dict[str, str]]] = {
    "cloudwatch": ("get_metric_data", {}),
    "dynamodb": ("get_item", {}),
    "lambda": ("list_event_source_mappings", {}),
    "s3": ("get_object", {"Bucket": "bucket", "Key": "key"}),
    "sns": ("publish", {}),
    "sqs": ("send_message", {}),
    "ssm": ("get_parameter", {}),
}


@pytest.fixture(scope="module")
def trimmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """botocore's data as the package has it."""
    data = tmp_path_factory.mktemp("botocore") / "data"
    shutil.copytree(Path(botocore.__file__).parent / "data", data)
    trim_botocore(data)
    return data


def session(data: Path | None = None) -> Any:
    made = Session()
    made.set_credentials("AKIDEXAMPLE", "secret")
    if data is not None:
        made.register_component("data_loader", Loader([str(data)], include_default_search_paths=False))
    return made


def clients_named(tree: ast.AST) -> Iterator[str]:
    """The service of each `client(…)` or `….client(…)`; the source of an expression that is no literal."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("client", "create_client"):
                service = node.args[0]
                yield str(service.value) if isinstance(service, ast.Constant) else ast.unparse(service)


def test_every_service_that_the_code_has_a_client_of_is_in_the_package() -> None:
    files = [ROOT / "app.py", *(ROOT / "chalicelib").rglob("*.py")]
    named = {path: set(clients_named(ast.parse(path.read_text()))) for path in files}
    # core/aws.py makes every client, for the services that its callers name.
    named[ROOT / "chalicelib" / "core" / "aws.py"].remove("service")
    assert {"dynamodb", "sqs", "ssm"} <= set().union(*named.values())
    missing = {
        str(path.relative_to(ROOT)): names for path, found in named.items() if (names := found - OPERATIONS.keys())
    }
    assert not missing, "add the service to OPERATIONS in infra/trimming.py"


def test_the_packages_botocore_knows_our_services_only(trimmed: Path) -> None:
    assert sorted(session(trimmed).get_available_services()) == sorted(OPERATIONS)
    assert sum(path.stat().st_size for path in trimmed.rglob("*")) < 800_000


@pytest.mark.parametrize("region", ["ap-northeast-1", "us-east-1", "cn-north-1", "us-gov-west-1"])
@pytest.mark.parametrize("service", OPERATIONS)
def test_hosts_are_those_of_the_whole_botocore(trimmed: Path, service: str, region: str) -> None:
    whole, ours = (
        made.create_client(service, region_name=region, config=config_of(service))
        for made in (session(), session(trimmed))
    )
    assert ours.meta.endpoint_url == whole.meta.endpoint_url
    # Presigned, because that evaluates the service's endpoint rules.
    operation, parameters = _READS[service]
    hosts = {urlsplit(each.generate_presigned_url(operation, parameters)).netloc for each in (whole, ours)}
    assert len(hosts) == 1
    assert hosts.pop().endswith(".amazonaws.com.cn" if region.startswith("cn-") else ".amazonaws.com")


@pytest.mark.parametrize("service", OPERATIONS)
def test_the_packed_data_equals_that_of_the_full_botocore(trimmed: Path, service: str) -> None:
    whole, ours = (made.get_service_model(service) for made in (session(), session(trimmed)))
    assert {*ours.operation_names} == OPERATIONS[service]
    for name in ours.operation_names:
        before, after = whole.operation_model(name), ours.operation_model(name)
        assert [each.name for each in after.error_shapes] == [each.name for each in before.error_shapes]
        for parts in ((before.input_shape, after.input_shape), (before.output_shape, after.output_shape)):
            assert_same(*parts, set())
    pages = [made.get_paginator_model(service)._paginator_config for made in (session(), session(trimmed))]
    assert pages[0] == pages[1]


def assert_same(before: Any, after: Any, seen: set[str]) -> None:
    """Compares two shapes with all that is nested in them. seen: the names of shapes to skip; grows."""
    if before is None or before.name in seen:
        assert (before is None) == (after is None)
        return
    seen.add(before.name)
    assert (after.name, after.type_name, after.metadata) == (before.name, before.type_name, before.metadata)
    assert list(getattr(after, "members", ())) == list(getattr(before, "members", ()))
    for name, member in getattr(before, "members", {}).items():
        assert_same(member, after.members[name], seen)
    for part in ("member", "key", "value"):
        if before.type_name in ("list", "map") and hasattr(before, part):
            assert_same(getattr(before, part), getattr(after, part), seen)


# What botocore needs no operation of: Lambda does it for a function, or we sign it ourselves; a bucket's list is
# granted so that a missing object is 404.
_NOT_CALLED = {"ec2", "execute-api", "logs", "s3:ListBucket"}


def test_every_call_that_a_policy_allows_is_packed() -> None:
    policies = [policy(each) for each in (*PERMISSIONS.values(), *(each.permissions for each in STREAMS.values()))]
    allowed = {action for policy in policies for each in policy["Statement"] for action in each["Action"]}
    packed = {f"{service}:{name.removesuffix('Batch')}" for service, names in OPERATIONS.items() for name in names}
    assert {
        action.removesuffix("Function")
        for action in allowed
        if not {action, action.partition(":")[0]} & _NOT_CALLED
    } <= packed
