"""Injects the faults of a plan into a running stack."""

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import requests

from tests.patience import SECONDS
from tests.proof.black_box.network import Network
from tests.proof.black_box.plan import REDEPLOY, Fault, Plan
from tests.proof.black_box.stack import ChaosStack

# Longer than `send_sms` waits for a provider.
_STALL_SECONDS = 15.0

_Step = tuple[float, Callable[[], object]]


class Chaos:
    """The faults of a plan; `run` injects them."""

    def __init__(self, plan: Plan, stack: ChaosStack, network: Network) -> None:
        self._plan = plan
        self._stack = stack
        self._network = network
        self._sms_url = stack.stack.info["sms_inbox_url"].replace("localhost", "127.0.0.1")
        self._failures: list[Exception] = []

    def run(self) -> None:
        """Injects all faults; returns when the last one is over. Raises the exception of a failed redeployment."""
        began = time.monotonic()
        deploying: list[threading.Thread] = []
        steps = [step for fault in self._plan.faults for step in self._steps(fault, deploying)]
        for at, step in sorted(steps, key=lambda each: each[0]):
            time.sleep(max(0.0, began + at - time.monotonic()))
            step()
        for thread in deploying:
            thread.join()
        if self._failures:
            raise self._failures[0]

    def _steps(self, fault: Fault, deploying: list[threading.Thread]) -> list[_Step]:
        kind, _, target = fault.name.partition(" ")
        over = fault.at + fault.seconds
        network = self._network
        if kind == REDEPLOY:
            return [(fault.at, partial(self._start_redeployment, deploying))]
        if kind == "kill":
            return [(fault.at, partial(self._doom, target, fault.forwards)), (over, partial(self._kill, target))]
        if kind == "clients":
            method = network.cutter.cut if target == "cut" else network.cutter.mute
            return [(fault.at, partial(network.call, method, fault.share))]
        if kind == "sms":
            return [(fault.at, partial(self._behave, target, fault)), (over, self._behave_well)]
        active = network.proxy.active[kind]
        return [
            (fault.at, partial(active.__setitem__, target, fault.share)),
            (over, partial(active.pop, target, None)),
        ]

    def _doom(self, function: str, forwards: bool) -> None:
        self._network.proxy.doomed[function] = forwards

    def _kill(self, function: str) -> None:
        """Kills the function's processes if it made no call."""
        if self._network.proxy.doomed.pop(function, None) is not None:
            self._stack.kill(function)

    def _behave(self, mode: str, fault: Fault) -> None:
        limit: dict[str, Any] = {"count": fault.count} if fault.count else {"share": fault.share}
        self._set_sms_gateway(mode=mode, seconds=_STALL_SECONDS, **limit)

    def _behave_well(self) -> None:
        self._set_sms_gateway(mode="ok")

    def _set_sms_gateway(self, **wish: Any) -> None:
        requests.post(f"{self._sms_url}/behave", json=wish, timeout=SECONDS).raise_for_status()

    def _start_redeployment(self, deploying: list[threading.Thread]) -> None:
        deploying.append(threading.Thread(target=self._redeploy))
        deploying[-1].start()

    def _redeploy(self) -> None:
        try:
            self._stack.redeploy()
        except Exception as error:  # noqa: BLE001 — raised at the end of the run
            self._failures.append(error)
