"""`make run` with another stack in its folder, and that it leaves nothing behind however it ends."""

import contextlib
import signal
from pathlib import Path

import pytest
import requests

from infra.local import stack_file
from infra.local.children import started
from infra.local.lock import is_locked
from tests.e2e.processes import end, eventually, processes_of, read_until, start
from tests.e2e.stack import LocalStack
from tests.patience import SECONDS

READY = "Lucky Gas Realtime is ready"


def left_in(directory: Path) -> list[str]:
    """Files that only a running stack has."""
    return [name for name in ("stack.json", "stack.tmp", "children.json") if (directory / name).exists()]


@pytest.mark.takes(300)
def test_of_two_started_at_once_in_one_folder_one_runs_and_one_ends(tmp_path: Path) -> None:
    first, second = (start(tmp_path) for _ in range(2))
    try:
        assert eventually(lambda: first.poll() is not None or second.poll() is not None, 60)
        loser, winner = (first, second) if first.poll() is not None else (second, first)
        sent, _ = loser.communicate()
        assert loser.returncode == 1
        assert sent.startswith(f"error: A stack already runs from {tmp_path} (pid {winner.pid}")
        assert len(sent.splitlines()) == 1
        read_until(winner, READY)
        described = stack_file.read(tmp_path / "stack.json")
        assert described["pid"] == winner.pid
        assert requests.get(f"{described['rest_url']}/v1/health", timeout=SECONDS).ok
        third = start(tmp_path)
        sent, _ = third.communicate(timeout=SECONDS)
        assert third.returncode == 1
        assert f"(pid {winner.pid}, {described['rest_url']})" in sent
        assert end(winner, signal.SIGINT)[0] == 0
    finally:
        for process in (first, second):
            process.kill()
    assert not processes_of(tmp_path)
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("phase", ["botocore.client", "packaging …", "deploying …", "writing the demo data …"])
def test_a_signal_while_it_starts_ends_everything_without_a_traceback(
    phase: str, number: signal.Signals, tmp_path: Path
) -> None:
    # Its imports are part of the start, and this option makes a line of each.
    process = start(tmp_path, "-X", "importtime")
    try:
        read_until(process, phase)
        children = list(tmp_path.glob("children.json"))
        code, output = end(process, number)
    finally:
        process.kill()
    assert code == 128 + number
    # One of these may follow on a line that is not finished yet.
    sent = [line.partition("import time:")[0] for line in output.splitlines()]
    assert [line for line in sent if line and line != "stopping …" and not line.endswith("…")] == []
    assert bool(children) == (phase != "botocore.client")
    assert not processes_of(tmp_path)
    assert left_in(tmp_path) == []
    assert not is_locked(tmp_path)


@pytest.mark.takes(300)
def test_a_killed_stack_leaves_nothing_outside_of_its_folder_and_the_next_starts_in_it(tmp_path: Path) -> None:
    directory, home, temporary = (tmp_path / name for name in ("local", "home", "tmp"))
    home.mkdir()
    temporary.mkdir()
    environment = {"HOME": str(home), "TMPDIR": str(temporary)}
    stack = LocalStack.start(directory, **environment)
    try:
        assert requests.get(f"{stack.info['rest_url']}/v1/health", timeout=SECONDS).ok
        assert processes_of(directory)
    finally:
        stack.process.kill()
        stack.process.wait()
    assert eventually(lambda: not processes_of(directory))
    with pytest.raises(requests.ConnectionError):
        requests.get(stack.info["emulator_url"], timeout=SECONDS)
    with pytest.raises(stack_file.NotRunning, match="left behind by a killed one"):
        stack_file.read(directory / "stack.json")
    assert [*home.iterdir(), *temporary.iterdir()] == []

    second = LocalStack.start(directory, **environment)
    try:
        assert requests.get(f"{second.info['rest_url']}/v1/health", timeout=SECONDS).ok
        # The emulator's own keys would be in /tmp for all stacks.
        assert list((directory / "tmp" / "state").iterdir())
    finally:
        second.stop()
    assert second.process.returncode == 0
    assert [*home.iterdir(), *temporary.iterdir()] == []
    assert left_in(directory) == []
    assert not processes_of(directory)
    assert started(second.process.pid) is None


def test_a_second_stack_runs_beside(stack: LocalStack, tmp_path: Path) -> None:
    other = LocalStack.start(tmp_path / "other")
    try:
        for each in (other, stack):
            assert requests.get(f"{each.info['rest_url']}/v1/health", timeout=SECONDS).ok
    finally:
        other.stop()


def test_a_taken_port_is_one_clear_line(stack: LocalStack, tmp_path: Path) -> None:
    port = stack.info["rest_url"].removesuffix("/api").rsplit(":", 1)[1]
    process = start(tmp_path, PORT=port)
    sent, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert f"Port {port} is taken. Choose another one: PORT=" in sent
    assert len(sent.splitlines()) == 1


@pytest.mark.parametrize("file", ["probe", "stack.tmp"])
def test_a_full_disk_is_one_clear_line(file: str, tmp_path: Path) -> None:
    (tmp_path / file).symlink_to("/dev/full")
    process = start(tmp_path)
    try:
        sent, _ = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
    assert process.returncode == 1
    *progress, last = sent.splitlines()
    assert last.startswith(f"error: cannot write {tmp_path}")
    assert "No space left on device. Free some space there, or give the stack another place" in last
    assert all(line.endswith("…") for line in progress)
    assert not processes_of(tmp_path)


def test_a_disk_that_fills_up_while_it_runs_is_reported(stack: LocalStack) -> None:
    def fill() -> bool:
        with contextlib.suppress(FileExistsError):  # it is just looking
            (stack.directory / "probe").symlink_to("/dev/full")
            return True
        return False

    assert eventually(fill)
    warning = f"warning: cannot write {stack.directory}: No space left on device. Free some space there"
    assert eventually(lambda: warning in stack.output.read_text(), 30)
    assert eventually(lambda: f"{stack.directory} can be written again." in stack.output.read_text(), 30)
    assert requests.get(f"{stack.info['rest_url']}/v1/health", timeout=SECONDS).ok


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    process = start(tmp_path / "file" / "stack")
    sent, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert sent.startswith(f"error: cannot write {tmp_path / 'file' / 'stack'}: Not a directory. Make it a folder")
    assert len(sent.splitlines()) == 1
