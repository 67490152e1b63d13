"""The configuration files for contributors' tools: each is valid, and its commands exist."""

import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.packaging import ROOT
from tests.api_client import ApiClient
from tests.factories import Business, order_body

TARGETS = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
MAKE = re.compile(r"(?:^|`|&& )make ([a-z][a-z0-9-]*)\b", re.MULTILINE)
WITH_COMMANDS = ("CONTRIBUTING.md", ".github/pull_request_template.md", ".devcontainer/devcontainer.json")


def read(path: str) -> Any:
    """A YAML or JSON file: JSON is YAML, too."""
    return yaml.safe_load((ROOT / path).read_text())


def hooks() -> list[dict[str, Any]]:
    return [hook for repository in read(".pre-commit-config.yaml")["repos"] for hook in repository["hooks"]]


def test_the_workflow_runs_the_parts_of_make_test_side_by_side() -> None:
    job = read(".github/workflows/ci.yml")["jobs"]["test"]
    targets = job["strategy"]["matrix"]["target"]
    [prerequisites] = re.findall(r"^test: (.*?) ##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(prerequisites.split()) | {"coverage"} == set(targets) <= TARGETS
    commands = [shlex.split(step["run"])[0] for step in job["steps"] if "run" in step]
    assert commands == [".ci/run"]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_ci_script_runs_the_part_it_is_given_and_else_all_tests() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert subprocess.run(["bash", "-n", ROOT / ".ci" / "run"], check=False).returncode == 0
    assert script.endswith('exec make "${1:-test}"\n')


@pytest.mark.parametrize("path", WITH_COMMANDS)
def test_commands_of_make_that_are_named_exist(path: str) -> None:
    named = set(MAKE.findall((ROOT / path).read_text()))
    assert named
    assert named <= TARGETS


def test_the_development_container_is_described_in_json() -> None:
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())
    assert ":3.11" in container["image"]


@pytest.mark.parametrize("hook", hooks(), ids=lambda hook: hook["id"])
def test_a_hook_calls_a_tool_of_the_project(hook: dict[str, Any]) -> None:
    assert hook["language"] == "system"
    command = shlex.split(hook["entry"])
    assert (ROOT / command[0]).exists()
    assert "-m" not in command or (ROOT / f"{command[command.index('-m') + 1].replace('.', '/')}.py").exists()
    patterns = [re.compile(hook[name]) for name in ("files",) if name in hook]
    files = [str(path.relative_to(ROOT)) for path in Path(ROOT / "chalicelib").rglob("*.py")]
    assert all(any(pattern.search(path) for path in files) for pattern in patterns)


def test_new_versions_are_looked_for_where_packages_are_named() -> None:
    manifests = {
        "pip": "requirements-dev.in",
        "npm": "package-lock.json",
        "github-actions": ".github/workflows/ci.yml",
    }
    config = read(".github/dependabot.yml")
    assert config["version"] == 2
    folders = {
        (each["package-ecosystem"], folder)
        for each in config["updates"]
        for folder in each.get("directories", [each.get("directory")])
    }
    assert {kind for kind, _ in folders} == set(manifests)
    for kind, folder in folders:
        assert (ROOT / folder.lstrip("/") / manifests[kind]).exists()


def test_every_file_has_an_owner() -> None:
    lines = (ROOT / ".github/CODEOWNERS").read_text().splitlines()
    rules = [line.split() for line in lines if line and not line.startswith("#")]
    assert any(pattern == "*" for pattern, *_ in rules)
    assert all(owners and all(re.fullmatch(r"@[\w-]+(/[\w-]+)?", each) for each in owners) for _, *owners in rules)


def test_folders_and_files_that_contributors_are_sent_to_exist() -> None:
    named = re.findall(r"`([\w./-]+/[\w./-]*)`", (ROOT / "CONTRIBUTING.md").read_text())
    assert len(named) > 10
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_contributors_read_at_most_900_words() -> None:
    assert len((ROOT / "CONTRIBUTING.md").read_text().split()) <= 900


def test_the_example_of_a_test_passes(api: ApiClient, gas: Business) -> None:
    [example] = re.findall(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
    names: dict[str, Any] = {"ApiClient": ApiClient, "Business": Business, "order_body": order_body}
    exec(example, names)
    names["test_a_cancelled_order_cannot_be_confirmed"](api, gas)
