"""A local stack for tests: `make run` on free ports with its own state directory."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from infra.local import stack_file
from infra.local.environment import function_environment
from infra.local.ports import free_port
from infra.packaging import ROOT
from tests.patience import SECONDS


class StackNotReady(RuntimeError):
    """The stack ended or stayed silent; the message ends with its output."""


@contextlib.contextmanager
def running_stack(directory: Path, checkout: Path = ROOT, /, **environment: str) -> "Iterator[LocalStack]":
    """A checkout's stack, for as long as the block runs. environment: further variables of `make run`."""
    stack = LocalStack.start(directory, checkout, **environment)
    try:
        yield stack
    finally:
        stack.stop()


class LocalStack:
    """A running stack. `info` is its stack.json, `output` the file with everything it prints."""

    def __init__(self, process: "subprocess.Popen[bytes]", directory: Path, output: Path) -> None:
        self.process = process
        self.directory = directory
        self.output = output
        self.info: dict[str, Any] = {}

    @classmethod
    def start(cls, directory: Path, checkout: Path = ROOT, /, **environment: str) -> Self:
        """Starts a checkout's and waits for its stack.json. Further variables go to `make run`'s environment."""
        directory.mkdir(parents=True, exist_ok=True)
        output = directory / "output.log"
        with output.open("wb") as sink:
            process = subprocess.Popen(
                [sys.executable, "-m", "infra.local"],
                cwd=checkout,
                env={**os.environ, "PORT": str(free_port()), **environment, "LOCAL_DIR": str(directory)},
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
            )
        stack = cls(process, directory, output)
        try:
            stack._wait()
        except BaseException:
            stack.stop()
            raise
        return stack

    @property
    def environment(self) -> dict[str, str]:
        """The functions' environment, with which to read tables and queues directly."""
        front_door = self.info["rest_url"].replace("localhost", "127.0.0.1")
        return function_environment(self.info["emulator_url"], front_door)

    def login(self, role: str, kind: str = "delivery") -> dict[str, Any]:
        """The first seeded login with a role in a tenant of a kind."""
        logins: list[dict[str, Any]] = self.info["logins"]
        return next(login for login in logins if login["role"] == role and login["kind"] == kind)

    def stop(self) -> None:
        """Ends the process as Ctrl-C does, by its pid."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _wait(self) -> None:
        path = self.directory / "stack.json"
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(stack_file.NotRunning):
                self.info = stack_file.read(path)
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise StackNotReady(self.output.read_text(errors="replace")[-4000:])
