"""What the Makefile gives to all that it starts."""

import os
import subprocess

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
