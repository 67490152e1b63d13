"""The protocol of the channels' logs as a model: SPIN visits every order in which its steps can happen.

docs/proof.md, "The model", says what this shows and what it leaves out.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
from msgspec import Struct

from tests.proof.extent import FULL
from tests.proof.figures import record
from tests.proof.model.spin import Run, require_spin, run


def sizes(events: int, publishers: int = 1, days: int = 0, restarts: int = 0, **more: int) -> Mapping[str, int]:
    return {"EVENTS": events, "PUBLISHERS": publishers, "DAYS": days, "RESTARTS": restarts, **more}


def named(sizes: object) -> str:
    """Only what differs from one client, one channel, and no expiry."""
    assert isinstance(sizes, Mapping)
    more = [f"{sizes[name]} {name.lower()}" for name in ("CLIENTS", "CHANNELS") if name in sizes]
    days = ["expiry and a restart"] if sizes["RESTARTS"] else []
    return ", ".join((f"{sizes['EVENTS']} events", f"{sizes['PUBLISHERS']} publishers", *more, *days))


class Variant(Struct, frozen=True):
    """A fault, the smallest model that shows it, and the end of the shortest trail that SPIN finds."""

    fault: str
    sizes: Mapping[str, int]
    ends: str


NOT_SENT: Final = "client 0, channel 0 was not sent all"
LACKS: Final = "client 0, channel 0 lacks an event"

# Why each is a real danger: docs/proof.md.
VARIANTS: Final = (
    Variant("SUBSCRIPTIONS_BEFORE_APPEND", sizes(1), NOT_SENT),
    Variant("LOG_READ_BEFORE_SUBSCRIPTION", sizes(1), NOT_SENT),
    Variant("LOG_READ_EVENTUALLY_CONSISTENT", sizes(1), NOT_SENT),
    Variant("FINISHED_BEFORE_POST", sizes(1), NOT_SENT),
    Variant("REPEATS_ARE_NOT_POSTED", sizes(1), NOT_SENT),
    Variant("NO_CLAIM", sizes(1), "event 0 is number 2 of channel 0"),
    Variant("SHORT_CLAIM", sizes(1), "event 0 is number 2 of channel 0"),
    Variant("UNCONDITIONAL_CLAIM", sizes(1, publishers=2), "event 0 is number 2 of channel 0"),
    Variant("CLAIM_FIRST", sizes(1), "publisher 0: has finished"),
    Variant("UNCONDITIONAL_HEAD", sizes(2, publishers=2), "event 0 is number 1 of channel 0"),
    Variant("REPLAY_OFF_BY_ONE", sizes(1), LACKS),
    Variant("REPLAY_WITH_GAPS", sizes(3, days=1), LACKS),
    Variant("HEAD_READ_AFTER_THE_REPLAY", sizes(2), LACKS),
    Variant("CUT_WITHOUT_MORE", sizes(2), LACKS),
    Variant("EPOCH_IGNORED", sizes(2, days=1, restarts=1), LACKS),
    Variant("LIST_ROWS_BEFORE_CURSORS", sizes(1), LACKS),
    Variant("CLIENT_ACCEPTS_A_GAP", sizes(2), LACKS),
    Variant("CLIENT_DOES_NOT_RELOAD", sizes(2), LACKS),
    Variant("CLIENT_DOES_NOT_REWIND", sizes(3), LACKS),
    Variant("CLIENT_ACCEPTS_A_STALE_ANSWER", sizes(3), LACKS),
    Variant("CLIENT_FORGETS_A_REWIND", sizes(3), LACKS),
    Variant("CLIENT_KEEPS_HELD_EVENTS", sizes(3, days=1, restarts=1), "publisher 0: has finished"),
)


# Only the search for runs without an end finds these: no assertion fails.
WAITING: Final = (
    "STREAM_DOES_NOT_REPEAT",
    "CLIENT_WAITS_FOREVER",
    "CLIENT_LOADS_ONCE",
    "HEARTBEATS_WITHOUT_CURSORS",
)

HELD: Final = (
    sizes(3, publishers=2),
    sizes(3, publishers=2, days=1, restarts=1),
    sizes(2, CHANNELS=2),
    # In all one minute, and at most 400 MB.
    *(
        (
            sizes(2, publishers=2, CLIENTS=2),
            sizes(2, publishers=2, CHANNELS=2),
            sizes(3, CHANNELS=2),
        )
        if FULL
        else ()
    ),
)
LIVE: Final = (sizes(2, days=1, restarts=1), *((sizes(2, publishers=2),) if FULL else ()))


@pytest.fixture(autouse=True)
def spin() -> None:
    require_spin()


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.fault.lower())
def test_a_fault_is_found(variant: Variant, tmp_path: Path) -> None:
    found = run(tmp_path, variant.sizes, variant.fault, shortest=True)
    print("\n".join((f"{variant.fault}: {found}", *found.trail)))  # noqa: T201 — the evidence, shown by pytest -s
    assert found.trail, "SPIN finds nothing wrong"
    assert found.trail[-1].startswith(variant.ends)


@pytest.mark.parametrize("fault", [*WAITING], ids=str.lower)
def test_waiting_forever_is_found(fault: str, tmp_path: Path) -> None:
    found = run(tmp_path, sizes(1), fault, live=True)
    print("\n".join((f"{fault}: {found}", *found.trail)))  # noqa: T201 — the evidence, shown by pytest -s
    assert found.trail, "SPIN finds nothing wrong"


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("sizes", [*HELD], ids=named)
def test_the_protocol_holds(sizes: Mapping[str, int], tmp_path: Path) -> None:
    found = run(tmp_path, sizes)
    _note(named(sizes), found)
    assert found.trail == ()


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("sizes", [*LIVE], ids=named)
def test_nothing_waits_forever(sizes: Mapping[str, int], tmp_path: Path) -> None:
    found = run(tmp_path, sizes, live=True)
    _note(f"nothing waits forever, {named(sizes)}", found)
    assert found.trail == ()


def _note(what: str, found: Run) -> None:
    print(f"{what}: {found}")  # noqa: T201 — shown by pytest -s
    record("model", f"{what}: states", found.states)
    record("model", f"{what}: seconds", found.seconds)
