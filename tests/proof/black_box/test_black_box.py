"""A quarter of an hour of faults. BLACK_BOX_SEED repeats the plan of another run."""

import os
import secrets
from pathlib import Path
from typing import Final

import pytest

from tests.proof.black_box.plan import make_plan
from tests.proof.black_box.run import run
from tests.proof.extent import FULL
from tests.proof.figures import record

_SECONDS: Final = 900.0
_EVERY: Final = 4.0

if FULL:

    @pytest.mark.timeout(1500)
    def test_people_miss_nothing_during_a_quarter_of_an_hour_of_faults(tmp_path: Path) -> None:
        seed = int(os.environ.get("BLACK_BOX_SEED") or secrets.randbelow(1_000_000))
        plan = make_plan(seed, _SECONDS, _EVERY)
        figures = run(plan, tmp_path)
        record("black box", "seconds of faults", plan.seconds)
        record("black box", "BLACK_BOX_SEED", str(seed))
        for what, figure in figures.items():
            record("black box", what, figure)
