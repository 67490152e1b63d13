"""The lock files: every requirements*.txt has the packages of its requirements*.in, with hashes for all."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.packaging import ROOT

_NAMES = sorted(path.stem for path in ROOT.glob("requirements*.in"))
_PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)")


def _required(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_text().splitlines():
        if included := re.fullmatch(r"-r (\S+)", line):
            yield from _required(ROOT / included[1])
        elif line and not line.startswith("#"):
            pin = _PIN.fullmatch(line)
            assert pin is not None, f"{path.name}: {line} names no version"
            yield _spelt(pin[1]), pin[2]


def _entries(path: Path) -> list[str]:
    """One text for each package: its pin and its hashes."""
    return re.sub(r"\\\n", " ", path.read_text()).splitlines()


def _spelt(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("name", _NAMES)
def test_a_lock_has_every_version_that_its_source_names(name: str) -> None:
    pins = (_PIN.match(entry) for entry in _entries(ROOT / f"{name}.txt"))
    locked = {(_spelt(pin[1]), pin[2]) for pin in pins if pin is not None}
    required = set(_required(ROOT / f"{name}.in"))
    assert required
    assert not required - locked, f"run `make lock`: {sorted(required - locked)}"


@pytest.mark.parametrize("name", _NAMES)
def test_a_lock_has_a_hash_for_all_it_installs_and_names_no_registry(name: str) -> None:
    for entry in _entries(ROOT / f"{name}.txt"):
        assert re.match(r"\S+==\S+ .*--hash=sha256:[0-9a-f]{64}", entry), entry


def test_functions_have_the_tested_versions_of_their_dependencies() -> None:
    functions, developers = (set(_pins(name)) for name in ("requirements", "requirements-dev"))
    assert functions <= developers
    assert set(_pins("requirements-optimizer")) <= developers


def _pins(name: str) -> list[str]:
    return [entry.split(" ")[0] for entry in _entries(ROOT / f"{name}.txt")]


@pytest.mark.parametrize("folder", ["infra/esbuild", "tests/browser"])
def test_npm_runs_no_scripts_of_packages_and_installs_none_that_reports_installations(folder: str) -> None:
    assert "ignore-scripts=true" in (ROOT / folder / ".npmrc").read_text().splitlines()
    packages = json.loads((ROOT / folder / "package-lock.json").read_text())["packages"]
    installed = {path for path, package in packages.items() if "integrity" in package}
    assert installed
    assert not [path for path in installed if "scarf" in path]
