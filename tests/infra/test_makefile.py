"""The environment that the Makefile sets for its commands."""

import os
import subprocess
from pathlib import Path

import pytest

from infra.packaging import ROOT


def test_compiled_code_is_stored_whatever_the_environment_says() -> None:
    probe = 'probe: ; @echo "$${PYTHONDONTWRITEBYTECODE-stored}"\n'
    done = subprocess.run(
        ["make", "--no-print-directory", "-f", "Makefile", "-f", "-", "probe"],
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        input=probe,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "stored\n"


@pytest.mark.parametrize(("static", "tests"), [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_a_check_fails_if_the_tests_or_a_parallel_check_fails(static: int, tests: int, tmp_path: Path) -> None:
    for name, code in {"ruff": 0, "make": static, "pytest": tests}.items():
        tool = tmp_path / name
        tool.write_text(f"#!/bin/sh\necho {name} has run\nexit {code}\n")
        tool.chmod(0o755)
    built = [
        f"{folder}/.ready" for folder in (".venv", "tests/browser/node_modules", "infra/esbuild/node_modules")
    ]
    done = subprocess.run(
        [
            "make",
            *(f"--old-file={each}" for each in built),
            "check",
            f"BIN={tmp_path}",
            f"SELF={tmp_path}/make",
            f"STATIC_LOG={tmp_path}/log",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode == 0) == (static == tests == 0), done.stderr
    assert "pytest has run\nmake has run\n" in done.stdout
