"""One stack per folder, held by the operating system."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.lock import AlreadyRunning, is_locked, locked
from infra.packaging import ROOT

_HOLD = """
import signal, sys
from pathlib import Path
from infra.local.lock import locked
with locked(Path(sys.argv[1])) as lock:
    lock.describe(pid=4711, url="http://localhost:8000/api")
    print("held", flush=True)
    signal.pause()
"""


def holder(directory: Path) -> "subprocess.Popen[str]":
    """A process that holds the folder's lock until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(directory)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_second_stack_reports_the_first_and_the_remedy(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        with pytest.raises(AlreadyRunning) as refused, locked(tmp_path):
            pass
        process.kill()
    assert str(refused.value) == (
        f"A stack already runs from {tmp_path} (pid 4711, http://localhost:8000/api). "
        "Stop it, or give this one its own place: LOCAL_DIR=/tmp/stack PORT=8010 make run"
    )


def test_the_lock_of_a_killed_process_does_not_block(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
    assert (tmp_path / "lock").exists()
    assert not is_locked(tmp_path)
    with locked(tmp_path):
        assert is_locked(tmp_path)


def test_a_file_that_names_a_living_process_is_no_lock(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text(f'{{"pid": {os.getpid()}}}')
    assert not is_locked(tmp_path)
    with locked(tmp_path):
        pass


@pytest.mark.parametrize("left", ["", "{", "[]", '{"pid": 1'])
def test_a_holder_without_a_description_is_named_by_the_folder(left: str, tmp_path: Path) -> None:
    with locked(tmp_path):
        (tmp_path / "lock").write_text(left)
        with (
            pytest.raises(AlreadyRunning, match=f"^A stack already runs from {tmp_path}. Stop it"),
            locked(tmp_path),
        ):
            pass


def test_asking_whether_a_stack_runs_writes_nothing(tmp_path: Path) -> None:
    assert not is_locked(tmp_path)
    assert not is_locked(tmp_path / "missing")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_free_again_after_the_lock_is_given_back(tmp_path: Path) -> None:
    for _ in range(2):
        with locked(tmp_path):
            assert is_locked(tmp_path)
        assert not is_locked(tmp_path)
