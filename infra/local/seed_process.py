"""Runs the seed in a separate process, which imports the application with the stack's settings."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Final, Self

from infra.local.children import Children
from infra.packaging import ROOT

# The result is sent over a separate pipe, because the application logs to stdout.
_PROGRAM: Final = """
import json, os, sys
from chalicelib.core import aws
from infra.local.seed import seed
aws.client("dynamodb")
if not sys.stdin.readline():
    sys.exit("the stack has ended")
made = seed(lambda line: print(line, file=sys.stderr, flush=True))
with os.fdopen(int(sys.argv[1]), "w") as pipe:
    json.dump(made, pipe)
"""


class SeedFailed(RuntimeError):
    """The demo data could not be written; the message names the log."""


class SeedProcess:
    """The process. It starts before the tables exist, so that its imports do not delay the stack."""

    def __init__(
        self, process: "subprocess.Popen[bytes]", result: TextIOWrapper, log: Path, children: Children
    ) -> None:
        self._process = process
        self._result = result
        self._log = log
        self._children = children

    @classmethod
    def start(cls, directory: Path, environment: Mapping[str, str], children: Children) -> Self:
        """Starts it; it writes nothing before `run`. Raises Stopping, and OSError if the log cannot be written."""
        log = directory / "seed.log"
        receiver, sender = os.pipe()
        result = os.fdopen(receiver)
        try:
            with log.open("wb") as output:
                process = children.start(
                    [sys.executable, "-c", _PROGRAM, str(sender)],
                    cwd=ROOT,
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=output,
                    stderr=output,
                    pass_fds=(sender,),
                )
        finally:
            os.close(sender)
        return cls(process, result, log, children)

    def run(self) -> dict[str, Any]:
        """Writes the data and returns the result of `seed`. Raises SeedFailed."""
        with self._result:
            self._process.communicate(b"\n")
            if self._process.returncode != 0:
                raise SeedFailed(f"the seed failed: {self._log}")
            self._children.forget(self._process)
            seeded: dict[str, Any] = json.load(self._result)
        return seeded
