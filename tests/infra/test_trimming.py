"""What is left out of botocore is what no function asks for, and nothing else changes."""

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

from chalicelib.aws import SERVICES, config_of
from infra.packaging import ROOT
from infra.trimming import trim_botocore

_READS = {
    "cloudwatch": "list_metrics",
    "dynamodb": "list_tables",
    "lambda": "list_functions",
    "s3": "list_buckets",
    "sns": "list_topics",
    "sqs": "list_queues",
    "ssm": "describe_parameters",
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
    """The service of each `client(…)` or `….client(…)`; what is no literal is named by its source."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("client", "create_client"):
                service = node.args[0]
                yield str(service.value) if isinstance(service, ast.Constant) else ast.unparse(service)


def test_every_service_that_the_code_has_a_client_of_is_in_the_package() -> None:
    files = [ROOT / "app.py", *(ROOT / "chalicelib").rglob("*.py")]
    # aws.py makes every client, of whatever service it is asked for; the askers are what counts.
    named = {path: set(clients_named(ast.parse(path.read_text()))) for path in files if path.name != "aws.py"}
    assert {"dynamodb", "sqs", "ssm"} <= set().union(*named.values())
    missing = {
        str(path.relative_to(ROOT)): names for path, found in named.items() if (names := found - {*SERVICES})
    }
    assert not missing, "add the service to SERVICES in chalicelib/aws.py"


def test_the_packages_botocore_knows_our_services_only(trimmed: Path) -> None:
    assert sorted(session(trimmed).get_available_services()) == sorted(SERVICES)
    assert sum(path.stat().st_size for path in trimmed.rglob("*")) < 2_000_000


@pytest.mark.parametrize("region", ["ap-northeast-1", "us-east-1", "cn-north-1", "us-gov-west-1"])
@pytest.mark.parametrize("service", SERVICES)
def test_hosts_are_those_of_the_whole_botocore(trimmed: Path, service: str, region: str) -> None:
    whole, ours = (
        made.create_client(service, region_name=region, config=config_of(service))
        for made in (session(), session(trimmed))
    )
    assert ours.meta.endpoint_url == whole.meta.endpoint_url
    # Presigned, because that is what evaluates the service's endpoint rules.
    hosts = {urlsplit(client.generate_presigned_url(_READS[service])).netloc for client in (whole, ours)}
    assert len(hosts) == 1
    assert hosts.pop().endswith(".amazonaws.com.cn" if region.startswith("cn-") else ".amazonaws.com")


@pytest.mark.parametrize("service", SERVICES)
def test_operations_shapes_and_pages_are_those_of_the_whole_botocore(trimmed: Path, service: str) -> None:
    whole, ours = (made.get_service_model(service) for made in (session(), session(trimmed)))
    assert ours.operation_names == whole.operation_names
    assert ours.shape_names == whole.shape_names
    for name in whole.shape_names:
        before, after = whole.shape_for(name), ours.shape_for(name)
        assert list(getattr(after, "members", ())) == list(getattr(before, "members", ())), name
        assert after.metadata == before.metadata, name
    pages = [made.get_paginator_model(service)._paginator_config for made in (session(), session(trimmed))]
    assert pages[0] == pages[1]
