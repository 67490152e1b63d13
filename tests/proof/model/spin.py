"""Runs the model checker SPIN on log.pml.

SPIN writes a C program, which visits every state that the model can reach. It stops where an assertion fails, or
at a run without an end in which an event never reaches a client.
"""

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from tests.missing_tools import skip_or_fail

MODEL: Final = Path(__file__).with_name("log.pml")
MISSING: Final = (
    "no model checker in the PATH: install SPIN and a C compiler (on Debian and Ubuntu: "
    "apt-get install spin gcc libc6-dev)"
)
# What the model's printf writes.
_STEP: Final = re.compile(
    r"\s*(publisher \d|client \d|event \d|TTL|24 hours|the heads|the last fault|claims expire"
    r"|rows after|its cursor|<<<<<START OF CYCLE)"
)
_MEMORY_MB: Final = 4000
_FIGURES: Final = {
    "states": re.compile(r"^\s*(\S+) states, stored", re.M),
    "seconds": re.compile(r"elapsed time (\S+) seconds"),
    "memory_mb": re.compile(r"^\s*(\S+)\s+total actual memory usage", re.M),
}


class Run(Struct, frozen=True):
    """The outcome of a run. trail: the steps up to a failed assertion, one a line; empty if none failed."""

    states: int
    seconds: float
    memory_mb: float
    trail: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.states:,} states, {self.seconds:.1f} seconds, {self.memory_mb:.0f} MB"


def require_spin() -> None:
    """Without SPIN the tests are skipped on a laptop, and fail in CI."""
    if not (shutil.which("spin") and shutil.which("gcc")):
        skip_or_fail(MISSING)


def run(
    folder: Path, sizes: Mapping[str, int], broken: str = "", *, shortest: bool = False, live: bool = False
) -> Run:
    """Checks the model with these sizes, and with the fault BROKEN_<broken>. folder: an empty one.

    shortest: finds the shortest trail, and needs more memory. live: checks that nothing waits forever, instead of
    the assertions. Raises RuntimeError if not every state was visited.
    """
    defines = [f"-D{name}={value}" for name, value in sizes.items()]
    if broken:
        assert any(f"BROKEN_{broken}" in part.read_text() for part in MODEL.parent.glob("*.pml")), broken
        defines.append(f"-DBROKEN_{broken}")
    limits = ["-DNOREDUCE", f"-DMEMLIM={_MEMORY_MB}"]
    # -E: processes that wait forever are no error. -a -f: runs without an end, with weak fairness.
    search = ["-a", "-f"] if live else ["-E"]
    if live:
        defines.append("-DLIVENESS")
        limits.append("-DNFAIR=6")
    else:
        limits.append("-DSAFETY")
    if shortest:
        defines.append("-DBREADTH_FIRST")
        limits.append("-DBFS")
    _call(folder, "spin", *defines, "-a", str(MODEL))
    # The small variants take longer to compile than to run.
    optimized = "-O0" if broken else "-O2"
    _call(folder, "gcc", optimized, "-w", *limits, "-o", "pan", "pan.c")
    # The depth has room for the longest path.
    report = _call(folder, "./pan", *search, f"-m{100_000 if live or broken else 2_000_000}", "-w22")
    trail = next(folder.glob("*.trail"), None)
    if trail is None and ("errors: 0" not in report or "Search not completed" in report or "too small" in report):
        raise RuntimeError(f"not every state was visited:\n{report}")
    figures = {name: float(found[1]) if (found := each.search(report)) else 0.0 for name, each in _FIGURES.items()}
    return Run(
        states=int(figures["states"]),
        seconds=figures["seconds"],
        memory_mb=figures["memory_mb"],
        trail=_steps(folder, defines, trail) if trail else (),
    )


def _steps(folder: Path, defines: Sequence[str], trail: Path) -> tuple[str, ...]:
    lines = _call(folder, "spin", *defines, "-k", trail.name, str(MODEL)).splitlines()
    return tuple(line.strip() for line in lines if _STEP.match(line))


def _call(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode and command[0] != "spin":
        raise RuntimeError(f"{' '.join(command)}:\n{done.stdout}\n{done.stderr}")
    return done.stdout
