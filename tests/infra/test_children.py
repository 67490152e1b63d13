"""A stack's processes end with it, and those of a killed stack with the next one."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra.local.children import Children, Stopping, end_orphans, started

_WAIT = [sys.executable, "-c", "import signal; signal.pause()"]
# Starts its own process and prints its id.
_PARENT = f"import subprocess; child = subprocess.Popen({_WAIT!r}); print(child.pid, flush=True); child.wait()"


def ended(process: "subprocess.Popen[str]") -> bool:
    return process.wait(timeout=30) == -9


def test_stopping_ends_the_children_and_theirs(tmp_path: Path) -> None:
    children = Children(tmp_path)
    parent = children.start([sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        assert started(int(parent.stdout.readline()))
        children.stop()
        children.stop()
        assert ended(parent)
        # The pipe closes when the last process that has it is gone.
        assert parent.stdout.read() == ""


def test_nothing_starts_once_the_stack_is_ending(tmp_path: Path) -> None:
    children = Children(tmp_path)
    children.stop()
    with pytest.raises(Stopping):
        children.run(["true"], cwd=tmp_path, env={})


def test_a_command_that_ends_with_the_stack_leaves_no_record(tmp_path: Path) -> None:
    children = Children(tmp_path)
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(children.run, _WAIT, cwd=tmp_path, env={})
        while not (tmp_path / "children.json").exists():
            assert not running.done()
        children.stop()
        assert running.result().returncode == -signal.SIGKILL
    assert list(tmp_path.iterdir()) == []


def test_a_command_returns_its_exit_code_and_output(tmp_path: Path) -> None:
    program = "import os, sys; print(os.environ['SAID'], os.getcwd()); print('no', file=sys.stderr); sys.exit(3)"
    done = Children(tmp_path).run([sys.executable, "-c", program], cwd=tmp_path, env={"SAID": "yes"})
    assert (done.returncode, done.stdout, done.stderr) == (3, f"yes {tmp_path}\n", "no\n")


def test_the_next_stack_ends_processes_of_a_killed_one(tmp_path: Path) -> None:
    left = Children(tmp_path).start(_WAIT)  # and never stopped: its stack was killed
    assert end_orphans(tmp_path) == [left.pid]
    assert ended(left)
    assert end_orphans(tmp_path) == []


def test_a_process_with_a_pid_that_was_given_again_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(_WAIT, start_new_session=True) as stranger:
        earlier = (started(stranger.pid) or "") + "0"
        (tmp_path / "children.json").write_text(json.dumps({stranger.pid: earlier}))
        assert end_orphans(tmp_path) == []
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.parametrize("record", ["", "[]", '{"x": "y"}', '{"1": ""}', '{"4194305": "b 1"}'])
def test_a_record_of_nothing_that_runs_ends_nothing(record: str, tmp_path: Path) -> None:
    (tmp_path / "children.json").write_text(record)
    assert end_orphans(tmp_path) == []


def test_an_ended_process_is_no_longer_recorded(tmp_path: Path) -> None:
    Children(tmp_path).run(["true"], cwd=tmp_path, env=dict(os.environ))
    assert json.loads((tmp_path / "children.json").read_text()) == {}
