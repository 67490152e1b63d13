"""Changes the code, and runs for each change the tests that call the changed function."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from time import monotonic

from tests.proof.figures import ROOT, record
from tests.proof.mutants import workspace
from tests.proof.mutants.scope import TESTS
from tests.proof.mutants.verdict import faults, listed, results


def run(names: Sequence[str]) -> None:
    """Runs mutmut. names: of mutants, as mutmut names them; all if empty."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.proof.mutants.run", str(os.cpu_count() or 1), *names]
    log = workspace.FOLDER / "mutmut.log"
    with log.open("wb") as output:
        done = subprocess.run(
            command, cwd=workspace.FOLDER, env=environment, stdout=output, stderr=output, check=False
        )
    if done.returncode:
        sys.exit(f"mutmut failed: {log}")


def main() -> None:
    began = monotonic()
    workspace.make(TESTS)
    run(sys.argv[1:])
    found = results(workspace.MUTANTS)
    made, killed = Counter(each.kind for each in found), Counter(each.kind for each in found if found[each].killed)
    for kind, number in made.items():
        record("mutants", f"{kind}: killed", f"{killed[kind]:,} of {number:,}")
    record("mutants", "minutes", (monotonic() - began) / 60)
    wrong = faults(found, listed())
    print(f"{killed.total()} of {made.total()} mutants were killed", *wrong, sep="\n")  # noqa: T201
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
