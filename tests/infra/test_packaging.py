"""The code and the browser's files are packaged in parallel; if one fails, nothing continues to run."""

from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess
from threading import Barrier

import pytest

from infra.packaging import PackagingError, package


class _Tools:
    """Chalice and esbuild, each of which waits until the other runs, too, and ends with an exit code."""

    def __init__(self, **exit_codes: int) -> None:
        self._exit_codes = exit_codes
        self._both = Barrier(2, timeout=30)
        self.ended: list[str] = []

    def __call__(self, command: list[str], *, cwd: Path, env: Mapping[str, str]) -> "CompletedProcess[str]":
        del cwd, env
        name = "chalice" if any("chalice_package" in each for each in command) else "esbuild"
        self._both.wait()
        self.ended.append(name)
        return CompletedProcess(command, self._exit_codes[name], "", f"{name} does not like this")


@pytest.mark.parametrize(
    ("tools", "message"),
    [
        (_Tools(chalice=0, esbuild=1), "the browser's files: esbuild does not like this"),
        (_Tools(chalice=2, esbuild=1), "chalice does not like this"),
    ],
)
def test_the_failing_tool_is_reported_when_both_have_ended(tools: _Tools, message: str, tmp_path: Path) -> None:
    with pytest.raises(PackagingError, match=f"^{message}$"):
        package("local", tmp_path, run=tools)
    assert sorted(tools.ended) == ["chalice", "esbuild"]
