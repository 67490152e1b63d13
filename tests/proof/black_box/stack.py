"""A local stack from a copy of this checkout, whose functions reach AWS through a proxy.

A copy, because the stack deploys again when a file of its checkout changes, and other stacks run from this one.
"""

import contextlib
import os
import shutil
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
from msgspec import Struct

from infra.local.environment import ACCOUNT, REGION
from infra.packaging import CONTENT, ROOT
from tests.e2e.client import eventually
from tests.e2e.stack import LocalStack, running_stack

_COPIED: Final = (*CONTENT, "infra", "requirements.txt")
_PREFIX: Final = "luckygas-local-"
_DEPLOYED: Final = "deployed again in"


class StackInfo(Struct, frozen=True):
    """Where clients find a stack.

    rest_url, websocket_url, display_url: through the proxy that cuts connections. sms_url: the SMS gateway's.
    logins: with `tenant`, `kind` (delivery, table), `role`, `username`, `password`.
    """

    rest_url: str
    websocket_url: str
    display_url: str
    sms_url: str
    logins: tuple[dict[str, Any], ...]


class ChaosStack:
    """A running stack. functions: short name → deployed name; the short one has no stage and no random part."""

    def __init__(self, stack: LocalStack, checkout: Path) -> None:
        self.stack = stack
        self._checkout = checkout
        self._lambda = boto3.client(
            "lambda",
            endpoint_url=stack.info["emulator_url"],
            region_name=REGION,
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="local",
        )
        self.functions = self._functions()

    @property
    def targets(self) -> dict[str, str]:
        """The URLs of the services that the functions reach through the proxy."""
        emulator = self.stack.info["emulator_url"]
        return {"dynamodb": emulator, "sqs": emulator, "gateway": f"http://127.0.0.1:{self.port}"}

    @property
    def port(self) -> int:
        """The port of REST and WebSockets."""
        return urlsplit(self.stack.info["rest_url"]).port or 0

    def info(self, clients_port: int) -> StackInfo:
        """For clients that connect to another port instead of the stack's."""
        of = self.stack.info

        def moved(url: str) -> str:
            return url.replace(f"localhost:{self.port}", f"127.0.0.1:{clients_port}")

        return StackInfo(
            rest_url=moved(of["rest_url"]),
            websocket_url=moved(of["websocket_url"]),
            display_url=moved(of["display_url"]),
            sms_url=of["sms_inbox_url"].replace("localhost", "127.0.0.1"),
            logins=tuple(of["logins"]),
        )

    def use_proxy(self, url: str) -> None:
        """Points all functions to the proxy. The emulator ends their processes, as for each new configuration."""

        def point(name: str, full: str) -> None:
            variables = self._lambda.get_function_configuration(FunctionName=full)["Environment"]["Variables"]
            own = {
                "AWS_ENDPOINT_URL_DYNAMODB": url,
                "AWS_ENDPOINT_URL_SQS": url,
                "AWS_SDK_UA_APP_ID": name,
                "WS_ENDPOINT": f"{url}/{name}/api",
            }
            self._lambda.update_function_configuration(
                FunctionName=full, Environment={"Variables": {**variables, **own}}
            )

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(point, *zip(*self.functions.items(), strict=True)))

    def kill(self, function: str) -> int:
        """Kills a function's processes with SIGKILL; how many there were. The next invocation starts another."""
        folder = f"{self.stack.directory}/tmp/ministack-lambda-{self.functions[function]}-"
        killed = 0
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if str((process / "cwd").readlink()).startswith(folder):
                    os.kill(int(process.name), signal.SIGKILL)
                    killed += 1
        return killed

    def redeploy(self) -> None:
        """Deploys another version of the code. Data and connections stay; it returns when the functions run it."""
        times = self._deployments()
        with (self._checkout / "chalicelib" / "__init__.py").open("a") as code:
            code.write(f"\n# Version {times + 2}.\n")
        eventually(lambda: self._deployments() > times, "the redeployment")

    def _deployments(self) -> int:
        output = self.stack.output.read_text(errors="replace")
        assert "NOT DEPLOYED" not in output, output[-4000:]
        return output.count(_DEPLOYED)

    def _functions(self) -> dict[str, str]:
        pages = self._lambda.get_paginator("list_functions").paginate()
        names = [function["FunctionName"] for page in pages for function in page["Functions"]]
        return {name.removeprefix(_PREFIX).partition("-")[0]: name for name in sorted(names)}


@contextmanager
def running_chaos_stack(directory: Path) -> Iterator[ChaosStack]:
    """A stack of its own, for as long as the block runs."""
    checkout = directory / "checkout"
    for name in _COPIED:
        _copy(ROOT / name, checkout / name)
    (checkout / "infra" / "esbuild" / "node_modules").symlink_to(ROOT / "infra" / "esbuild" / "node_modules")
    with running_stack(directory / "stack", checkout) as stack:
        yield ChaosStack(stack, checkout)


def _copy(origin: Path, target: Path) -> None:
    if origin.is_dir():
        shutil.copytree(origin, target, ignore=shutil.ignore_patterns("__pycache__", "node_modules", "deployments"))
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(origin, target)
