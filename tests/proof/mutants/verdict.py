"""Compares what survived with docs/proof-mutants.csv, the list of the changes that no test can notice."""

import csv
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct
from mutmut.stats import status_by_exit_code

from tests.proof.figures import ROOT

LIST: Final = ROOT / "docs" / "proof-mutants.csv"
# Of the changes by mutmut's operators.
LEAST_KILLED: Final = 0.95


class Mutant(Struct, frozen=True, order=True):
    """A changed function.

    kind: `ordinary` if an operator of mutmut's own changed it. change: what it was, and what it is.
    """

    file: str
    function: str
    kind: str
    change: str

    def __str__(self) -> str:
        return f"{self.file} {self.function}: {self.change}"


class Result(Struct, frozen=True):
    """name: as mutmut names the mutant. status: `killed`, `survived`, `no tests`, `timeout` …"""

    name: str
    status: str

    @property
    def killed(self) -> bool:
        """Whether a test failed. A time-out is none: on a busy machine any test may run out of time."""
        return self.status == "killed"


def results(folder: Path) -> dict[Mutant, Result]:
    """folder: mutmut's, with its results."""
    found = {}
    for path in sorted(folder.rglob("*.py.meta")):
        described = json.loads(path.with_suffix(".changes.json").read_text())
        for name, code in json.loads(path.read_text())["exit_code_by_key"].items():
            if code is not None:
                found[Mutant(*described[name])] = Result(name, status_by_exit_code[code])
    return found


def listed() -> dict[Mutant, str]:
    """The mutants that survive, each with the reason."""
    with LIST.open(newline="") as file:
        return {Mutant(*row[:4]): row[4] for row in list(csv.reader(file))[1:]}


def faults(found: Mapping[Mutant, Result], known: Collection[Mutant]) -> list[str]:
    """One line for each fault: a survivor that is not listed, a listed mutant that was killed, too few killed."""
    survivors = {mutant for mutant, result in found.items() if not result.killed}
    lines = [f"{found[each].status}: {each}\n    {found[each].name}" for each in sorted(survivors - set(known))]
    lines += [f"listed, but killed: {mutant}" for mutant in sorted(set(known) - survivors)]
    ordinary = [result.killed for mutant, result in found.items() if mutant.kind == "ordinary"]
    if sum(ordinary) < LEAST_KILLED * len(ordinary):
        lines.append(f"only {sum(ordinary)} of {len(ordinary)} changes by mutmut's operators were killed")
    return lines
