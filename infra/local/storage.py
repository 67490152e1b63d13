"""Detects that a stack's folder cannot be written, and explains it in one sentence."""

import asyncio
import errno
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from infra.local.background import in_thread

_FULL = frozenset((errno.ENOSPC, errno.EDQUOT))
_REFUSED = frozenset((errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ELOOP))
_PROBE_BYTES = 64 * 1024
# Each process of a function unpacks the package, 1.5 MB. If that fails the files are deleted, so the disk never
# looks full.
_NEEDED_MB = 16
_PROBE_SECONDS = 5.0


def _free(directory: Path) -> int:
    return shutil.disk_usage(directory).free


def probe(directory: Path, free: Callable[[Path], int] = _free) -> None:
    """Raises OSError if the folder cannot be written or has too little space left; `free` returns bytes."""
    path = directory / "probe"
    try:
        path.write_bytes(bytes(_PROBE_BYTES))
    finally:
        path.unlink(missing_ok=True)
    megabytes = free(directory) // 1_000_000
    if megabytes < _NEEDED_MB:
        raise OSError(errno.ENOSPC, f"{megabytes} MB are free and {_NEEDED_MB} are needed", str(directory))


def sentence(error: Exception, directory: Path) -> str | None:
    """The sentence for an error about the folder; None for other errors.

    It also checks the error's text, because tools that ran out of space report it in their output. Often the space
    is free again by then, because the tool has deleted its files.
    """
    number, reason, where = None, None, None
    if isinstance(error, OSError):
        number, reason, where = error.errno, error.strerror, error.filename
    if number is None:
        text = str(error)
        number = next((each for each in _FULL if os.strerror(each) in text), None)
    if number in _FULL:
        remedy = "Free some space there"
    elif number in _REFUSED:
        remedy = "Make it a folder that you may write to"
    else:
        return None
    return (
        f"cannot write {where or directory}: {reason or os.strerror(number)}. "
        f"{remedy}, or give the stack another place: LOCAL_DIR=/tmp/stack make run"
    )


async def watch(directory: Path, pause: float = _PROBE_SECONDS) -> None:
    """Reports when the folder can no longer be written, and when it can again; checks every `pause` seconds.

    The emulator and the functions cannot report it, because their logs are on the same disk.
    """
    reported = False
    while True:
        try:
            await in_thread(probe, directory)
        except OSError as error:
            if not reported:
                reason = sentence(error, directory) or error
                print(f"warning: {reason}", file=sys.stderr, flush=True)
            reported = True
        else:
            if reported:
                print(f"{directory} can be written again.", file=sys.stderr, flush=True)
            reported = False
        await asyncio.sleep(pause)
