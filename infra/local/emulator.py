"""Runs the AWS emulator (ministack) as a child process that ends with this one.

Run as a module, this file is the child: it makes itself end with its parent and then becomes ministack.
"""

import contextlib
import ctypes
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Self

from infra.local.children import Children
from infra.local.environment import REGION, clean_environment
from infra.local.ports import HOST
from infra.packaging import ROOT

_PR_SET_PDEATHSIG = 1
_START_SECONDS = 30
_STOP_SECONDS = 3


class EmulatorFailed(RuntimeError):
    """The emulator did not start; the message ends with its output."""


class Emulator:
    """A ministack on a port, with its files under `directory`."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self.url = f"http://{HOST}:{port}"
        self._log = log

    @classmethod
    def start(cls, port: int, directory: Path, children: Children) -> Self:
        """Starts it without waiting. Call it from the main thread, because the child ends with the starting
        thread.

        Raises OSError if its log cannot be written.
        """
        scratch = directory / "tmp"
        scratch.mkdir(parents=True, exist_ok=True)
        log = directory / "emulator.log"
        environment = {
            **clean_environment(os.environ),
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(port),
            "TMPDIR": str(scratch),
            # By default both are under /tmp, where all stacks would share them.
            "STATE_DIR": str(scratch / "state"),
            "S3_DATA_DIR": str(scratch / "s3"),
            "MINISTACK_HOST": HOST,
            "MINISTACK_REGION": REGION,
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
            # Enforces the functions' roles, as on AWS.
            "AUTH": "true",
            "PYTHONPATH": "",  # the functions inherit it, and must import their package, not the working tree
        }
        with log.open("wb") as output:
            # In its own group, so that ending the group also ends the functions' processes.
            process = children.start(
                [sys.executable, "-m", __name__, str(os.getpid())],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        return cls(process, port, log)

    def wait(self) -> None:
        """Returns when it answers. Raises EmulatorFailed if it ends or does not answer."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise EmulatorFailed(f"the emulator ended:\n{self.tail()}")
            with contextlib.suppress(OSError, urllib.error.URLError):
                urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=1).close()  # noqa: S310
                return
            time.sleep(0.05)
        raise EmulatorFailed(f"the emulator does not answer on {self.url}:\n{self.tail()}")

    def stop(self) -> None:
        """Ends it with all its functions' processes. May be called twice."""
        self._signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_STOP_SECONDS)
        self._signal(signal.SIGKILL)
        self.process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def tail(self) -> str:
        """The last lines it wrote."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-15:])


def _become_ministack(parent: int) -> None:
    if sys.platform == "linux":
        # The kernel kills it when its parent is killed. The functions' processes end when their pipe from the
        # emulator closes.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit(1)
    sys.argv = ["ministack"]
    # Its own import path is the functions' too: without our working tree.
    sys.path[:] = [path for path in sys.path if Path(path or ".").resolve() != ROOT]
    _correct_permissions()
    _keep_windows()
    runpy.run_module("ministack", run_name="__main__")


def _correct_permissions() -> None:
    """SQS's batch calls need the permission of the single call; the emulator requires one with the batch's name.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
    """
    from ministack.core import iam_actions  # noqa: PLC0415 — in the child only

    extract = iam_actions.extract_iam_action

    def corrected(service: str, *request: Any) -> str | None:
        action: str | None = extract(service, *request)
        return action.removesuffix("Batch") if action and service == "sqs" else action

    iam_actions.extract_iam_action = corrected


def _keep_windows() -> None:
    """Makes stream readers wait for further records for `MaximumBatchingWindowInSeconds` after the first one; the
    emulator stores that setting but does not wait.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching
    """
    from ministack.services import dynamodb, lambda_svc  # noqa: PLC0415 — in the child only

    read = dynamodb.stream_records_since
    # By table: the start of the batch, and when it is due.
    due: dict[str, tuple[int, float]] = {}

    def gathered(table: str, position: int, limit: int, **others: Any) -> list[dict[str, Any]]:
        batch: list[dict[str, Any]] = read(table, position, limit, **others)
        sources = [esm for *_, esm in lambda_svc._iter_all_esms() if f":table/{table}/" in esm["EventSourceArn"]]
        window = max((float(esm["MaximumBatchingWindowInSeconds"]) for esm in sources), default=0.0)
        # Callers other than Lambda's reader pass the table.
        if others or not batch or len(batch) == limit or not window:
            return batch
        if due.get(table, (None, 0.0))[0] != position:
            due[table] = position, time.monotonic() + window
            threading.Timer(window, lambda_svc._esm_wake.set).start()
        return batch if time.monotonic() >= due[table][1] else []

    dynamodb.stream_records_since = gathered


if __name__ == "__main__":
    _become_ministack(int(sys.argv[1]))
