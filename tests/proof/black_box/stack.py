"""A local stack from a copy of this checkout, whose functions reach AWS through a proxy.

A copy, because the stack deploys again when a file of its checkout changes, and other stacks run from this one.
"""

import contextlib
import json
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import boto3

from infra.local.environment import ACCOUNT, REGION
from infra.local.ports import HOST
from infra.packaging import CONTENT, ROOT
from tests.e2e.client import eventually
from tests.e2e.stack import LocalStack, running_stack
from tests.patience import CLOCKED_SECONDS
from tests.proof.black_box.network import Network

_COPIED: Final = (*CONTENT, "infra", "requirements.txt")
_PREFIX: Final = "luckygas-local-"
_DEPLOYED: Final = "deployed again in"


class ChaosStack:
    """A running stack.

    functions: their access keys → their names without stage and random part. kills: processes killed.
    """

    def __init__(self, stack: LocalStack, checkout: Path) -> None:
        self.stack = stack
        self._checkout = checkout
        self.functions = _functions(stack.info["emulator_url"])
        self.kills = 0

    def info(self, clients_port: int) -> dict[str, Any]:
        """The stack.json for clients that connect to another port instead of the stack's."""
        port = urlsplit(self.stack.info["rest_url"]).port
        urls = {
            name: value.replace(f"localhost:{port}", f"{HOST}:{clients_port}")
            for name, value in self.stack.info.items()
            if isinstance(value, str)
        }
        return {**self.stack.info, **urls}

    def kill(self, function: str) -> None:
        """Kills a function's processes with SIGKILL. The next invocation starts another one."""
        folder = f"{self.stack.directory}/tmp/ministack-lambda-{_PREFIX}{function}-"
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if str((process / "cwd").readlink()).startswith(folder):
                    os.kill(int(process.name), signal.SIGKILL)
                    self.kills += 1

    def redeploy(self) -> None:
        """Deploys another version of the code. Data and connections stay; it returns when the functions run it."""
        times = self._deployments()
        with (self._checkout / "chalicelib" / "__init__.py").open("a") as code:
            code.write(f"\n# Version {times + 2}.\n")
        eventually(lambda: self._deployments() > times, "the redeployment", patience=CLOCKED_SECONDS)

    def _deployments(self) -> int:
        output = self.stack.output.read_text(errors="replace")
        assert "NOT DEPLOYED" not in output, output[-4000:]
        return output.count(_DEPLOYED)


@contextmanager
def running_chaos_stack(directory: Path, network: Network) -> Iterator[ChaosStack]:
    """A stack behind a network's proxies, for as long as the block runs."""
    checkout = directory / "checkout"
    for name in _COPIED:
        _copy(ROOT / name, checkout / name)
    (checkout / "infra" / "esbuild" / "node_modules").symlink_to(ROOT / "infra" / "esbuild" / "node_modules")
    _use_proxy(checkout / "infra" / "resources.json", network.functions_url)
    ports = {"PORT": str(network.port), "EMULATOR_PORT": str(network.emulator_port)}
    with running_stack(directory / "stack", checkout, **ports) as running:
        stack = ChaosStack(running, checkout)
        network.proxy.functions, network.proxy.kill = stack.functions, stack.kill
        yield stack


def _use_proxy(resources: Path, url: str) -> None:
    """Sets the variables of all functions that lead them to the proxy."""
    content = json.loads(resources.read_text())
    variables = content["Globals"]["Function"]["Environment"]["Variables"]
    variables |= {"AWS_ENDPOINT_URL_DYNAMODB": url, "AWS_ENDPOINT_URL_SQS": url}
    # The alternative to API Gateway's own endpoint.
    variables["WS_ENDPOINT"]["Fn::If"][1] = f"{url}/api"
    resources.write_text(json.dumps(content))


def _functions(emulator_url: str) -> dict[str, str]:
    client = boto3.Session(ACCOUNT, "local", region_name=REGION).client("lambda", endpoint_url=emulator_url)
    pages = client.get_paginator("list_functions").paginate()
    deployed = [function for page in pages for function in page["Functions"]]
    return {
        _access_key(each["FunctionArn"], each["Role"]): each["FunctionName"]
        .removeprefix(_PREFIX)
        .partition("-")[0]
        for each in deployed
    }


def _access_key(function_arn: str, role_arn: str) -> str:
    """The one that the emulator gives a function (`execution_credentials` of its lambda_runtime.py)."""
    return f"ASIA{sha256(f'{function_arn}:{role_arn}'.encode()).hexdigest()[:16].upper()}"


def _copy(origin: Path, target: Path) -> None:
    if origin.is_dir():
        shutil.copytree(
            origin, target, ignore=shutil.ignore_patterns("__pycache__", "node_modules", "deployments")
        )
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(origin, target)
