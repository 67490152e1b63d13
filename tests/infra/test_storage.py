"""A folder that cannot be written is explained in one sentence. /dev/full simulates a full disk."""

import asyncio
import errno
import shutil
from pathlib import Path

import pytest

from infra.local import storage
from infra.packaging import PackagingError

_ELSEWHERE = "or give the stack another place: LOCAL_DIR=/tmp/stack make run"


def fill(path: Path) -> None:
    """From now on, writing to this file meets a full disk."""
    path.symlink_to("/dev/full")


def test_a_full_disk_is_noticed_and_named(tmp_path: Path) -> None:
    storage.probe(tmp_path)
    assert list(tmp_path.iterdir()) == []
    fill(tmp_path / "probe")
    with pytest.raises(OSError, match="No space left on device") as full:
        storage.probe(tmp_path)
    assert storage.sentence(full.value, tmp_path) == (
        f"cannot write {tmp_path}: No space left on device. Free some space there, {_ELSEWHERE}"
    )


def test_a_disk_with_too_little_for_the_functions_counts_as_full(tmp_path: Path) -> None:
    storage.probe(tmp_path, free=lambda _: 16_000_000)
    with pytest.raises(OSError, match="needed") as full:
        storage.probe(tmp_path, free=lambda _: 15_999_999)
    assert storage.sentence(full.value, tmp_path) == (
        f"cannot write {tmp_path}: 15 MB are free and 16 are needed. Free some space there, {_ELSEWHERE}"
    )


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError) as refused:
        storage.probe(tmp_path / "file")
    sent = storage.sentence(refused.value, tmp_path)
    assert sent is not None
    assert sent.endswith(f"Not a directory. Make it a folder that you may write to, {_ELSEWHERE}")


@pytest.mark.parametrize(
    "error",
    [
        PackagingError("Traceback …\nOSError: [Errno 28] No space left on device"),
        shutil.Error([("a", "b", "[Errno 28] No space left on device: 'b'")]),
        OSError(errno.EDQUOT, "Disk quota exceeded", "/somewhere"),
    ],
)
def test_a_full_disk_is_recognised_in_a_tools_output(error: Exception, tmp_path: Path) -> None:
    assert "Free some space there" in (storage.sentence(error, tmp_path) or "")


@pytest.mark.parametrize("error", [PackagingError("no such module"), OSError(errno.EMFILE, "Too many open files")])
def test_other_errors_are_raised_unchanged(error: Exception, tmp_path: Path) -> None:
    assert storage.sentence(error, tmp_path) is None


def test_a_disk_that_fills_up_is_reported_once_and_so_is_its_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sent = []

    async def line() -> None:
        while not (new := capsys.readouterr().err):
            await asyncio.sleep(0)
        sent.append(new)

    async def scenario() -> None:
        watching = asyncio.create_task(storage.watch(tmp_path, pause=0))
        async with asyncio.timeout(20):
            fill(tmp_path / "probe")
            await line()
            (tmp_path / "probe").unlink(missing_ok=True)
            await line()
        watching.cancel()

    asyncio.run(scenario())
    assert len(sent[0].splitlines()) == 1
    assert sent[0].startswith(f"warning: cannot write {tmp_path}: No space left on device.")
    assert sent[1] == f"{tmp_path} can be written again.\n"
