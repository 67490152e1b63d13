"""A seeded plan of faults for a run of the black box."""

import random
from typing import Final

from msgspec import Struct

# Killed at their next call to AWS or to the gateway, before or after it was forwarded.
KILLED: Final = (
    "APIHandler",
    "ConnectionsStream",
    "OrdersStream",
    "PositionsStream",
    "RoutesStream",
    "SendSms",
    "WebsocketConnect",
    "WebsocketDisconnect",
    "WebsocketMessage",
)
# Fault → the share of requests, SMS or connections that it meets.
SHARES: Final = {
    "dynamodb throttle": (0.2, 0.6),
    "dynamodb conflict": (0.2, 0.6),
    "dynamodb delay": (0.02, 0.1),
    "dynamodb lose": (0.1, 0.3),
    "sqs throttle": (0.5, 0.9),
    "sqs lose": (0.3, 0.7),
    "gateway refuse": (0.2, 0.7),
    "gateway fail": (0.2, 0.7),
    "gateway delay": (0.02, 0.2),
    "gateway lose": (0.1, 0.4),
    "clients cut": (0.1, 0.5),
    "clients mute": (0.1, 0.4),
    "sms fail": (0.3, 0.8),
    "sms stall": (0.3, 0.8),
    "sms repeat": (0.3, 0.8),
    "sms garbage": (0.3, 0.8),
    **{f"kill {function}": (1.0, 1.0) for function in KILLED},
}
REDEPLOY: Final = "redeploy"
_SECONDS: Final = (3.0, 8.0)
# `send_sms` claims an SMS for two minutes, SQS hides a dead one's messages for three, and a circuit that has
# opened may wait for the probe of the minute after next. So that the calm minute is enough, `send_sms` is not
# killed towards the end, and the faults of the provider meet so few SMS that the circuit stays closed.
_SMS_SECONDS: Final = 200.0
_FEW_SMS: Final = 3


class Fault(Struct, frozen=True):
    """at: seconds after the start. seconds: how long it lasts. forwards: whether a killed function's call arrives.

    count: how many SMS it meets; None for no limit.
    """

    at: float
    name: str
    share: float = 1.0
    seconds: float = 0.0
    forwards: bool = False
    count: int | None = None

    def __str__(self) -> str:
        kind = self.name.partition(" ")[0]
        details = f"{self.share:.0%} for {self.seconds:.1f} s"
        if kind == "kill":
            details = f"{'after' if self.forwards else 'before'} its next call"
        elif kind == "clients":
            details = f"{self.share:.0%} of the connections"
        elif kind == REDEPLOY:
            details = ""
        elif self.count:
            details += f", at most {self.count} SMS"
        return f"{self.at:6.1f} s  {self.name:24} {details}".rstrip()


class Plan(Struct, frozen=True):
    """faults: in the order of time. seconds: of the whole run."""

    seed: int
    seconds: float
    faults: list[Fault]

    def __str__(self) -> str:
        heading = f"BLACK_BOX_SEED={self.seed}: {len(self.faults)} faults in {self.seconds:.0f} s"
        return "\n".join([heading, *map(str, self.faults)])


def make_plan(seed: int, seconds: float, every: float) -> Plan:
    """A fault every so many seconds, and a redeployment in the middle.

    All faults happen once in random order, then again in another order, and so on.
    """
    dice = random.Random(seed)
    faults, deck = [Fault(seconds / 2, REDEPLOY)], list[str]()
    for n in range(int(seconds / every)):
        deck = deck or dice.sample(sorted(SHARES), len(SHARES))
        faults.append(_fault(deck.pop(), n * every + dice.uniform(0, every / 2), seconds, dice))
    kept = (each for each in faults if each.name != "kill SendSms" or not _is_late(each.at, seconds))
    return Plan(seed, seconds, sorted(kept, key=lambda each: each.at))


def _fault(name: str, at: float, seconds: float, dice: random.Random) -> Fault:
    return Fault(
        at,
        name,
        share=dice.uniform(*SHARES[name]),
        seconds=min(dice.uniform(*_SECONDS), seconds - at),
        forwards=dice.random() < 0.5,
        count=_FEW_SMS if name.startswith("sms ") and _is_late(at, seconds) else None,
    )


def _is_late(at: float, seconds: float) -> bool:
    return at > seconds - _SMS_SECONDS
