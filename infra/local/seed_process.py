"""The seed in a process of its own, which imports the application with the stack's settings."""

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

# The result comes back on a pipe of its own: the application logs to stdout.
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
    """Started before there are tables, so that its imports cost a start no time."""

    def __init__(
        self, process: "subprocess.Popen[bytes]", result: TextIOWrapper, log: Path, children: Children
    ) -> None:
        self._process = process
        self._result = result
        self._log = log
        self._children = children

    @classmethod
    def start(cls, directory: Path, environment: Mapping[str, str], children: Children) -> Self:
        """Starts it; it writes nothing before `run`. Raises Stopping, and OSError where there can be no log."""
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
        """Writes the data and returns what `seed` returned. Raises SeedFailed."""
        with self._result:
            self._process.communicate(b"\n")
            if self._process.returncode != 0:
                raise SeedFailed(f"the seed failed: {self._log}")
            self._children.forget(self._process)
            seeded: dict[str, Any] = json.load(self._result)
        return seeded
