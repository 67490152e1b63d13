"""The black box of the proof for half a minute, with each fault once."""

from pathlib import Path

import pytest

from tests.proof.black_box.plan import SHARES, make_plan
from tests.proof.black_box.run import run


@pytest.mark.takes(200)
def test_people_miss_nothing_while_each_fault_happens(tmp_path: Path) -> None:
    figures = run(make_plan(seed=7, seconds=1.2 * len(SHARES), every=1.2), tmp_path)
    assert figures["reconnects"] > 0
    assert figures["processes killed"] > 0
    assert figures["dynamodb throttle"] > 0
