"""The changes of docs/proof.md, each of one line: a part of the proof fails after each of them."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from msgspec import Struct

from tests.proof.extent import FULL
from tests.proof.figures import PAGE, ROOT

_BLOCK: Final = re.compile(
    r"^Turns `(?P<tests>[^`]+)` red:\n\n```diff\n--- (?P<file>\S+)\n-(?P<old>[^\n]+)\n\+(?P<new>[^\n]+)\n```$",
    re.M,
)
# What the tests need and git does not have.
_INSTALLED: Final = ("infra/esbuild/node_modules", "tests/browser/node_modules")


class Diff(Struct, frozen=True):
    """A changed line. tests: those of which one fails, as in a command of pytest."""

    tests: str
    file: str
    old: str
    new: str

    def __str__(self) -> str:
        return Path(self.file).stem


DIFFS: Final = [Diff(**found.groupdict()) for found in _BLOCK.finditer(PAGE.read_text())]


def test_there_are_five_diffs() -> None:
    assert len(DIFFS) == PAGE.read_text().count("```diff") == 5


@pytest.mark.parametrize("diff", DIFFS, ids=str)
def test_a_diff_applies(diff: Diff) -> None:
    assert (ROOT / diff.file).read_text().splitlines().count(diff.old) == 1
    assert (ROOT / diff.tests.split()[0].partition("::")[0]).exists()


if FULL:

    @pytest.mark.timeout(1200)
    @pytest.mark.parametrize("diff", DIFFS, ids=str)
    def test_a_diff_turns_its_part_red(diff: Diff, tmp_path: Path) -> None:
        _copy(tmp_path)
        file = tmp_path / diff.file
        file.write_text(file.read_text().replace(f"{diff.old}\n", f"{diff.new}\n"))
        done = _pytest(tmp_path, diff.tests)
        print(done.stdout)  # noqa: T201 — the evidence, shown by pytest -s
        assert done.returncode == 1, f"{done.stdout}\n{done.stderr}"


def _copy(folder: Path) -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in tracked.stdout.rstrip("\0").split("\0"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    for name in _INSTALLED:
        (folder / name).symlink_to(ROOT / name)


def _pytest(folder: Path, tests: str) -> "subprocess.CompletedProcess[str]":
    """Runs tests to their full extent, up to the first that fails."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_XDIST_WORKER"}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-n0",
        "-q",
        "--no-header",
        "--show-capture=no",
        "-x",
        *shlex.split(tests),
    ]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
