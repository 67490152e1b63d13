"""Runs other programs for packaging. The local stack passes another implementation, whose processes it can end."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol


class Run(Protocol):
    """Runs a command to its end; returns its exit code and its output."""

    def __call__(
        self, command: list[str], *, cwd: Path, env: Mapping[str, str]
    ) -> "subprocess.CompletedProcess[str]": ...


def run(command: list[str], *, cwd: Path, env: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Runs a command as a child of this process."""
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
