"""A stack's folder that cannot be written: in one sentence that says what, where, and what to do."""

import asyncio
import errno
import os
import sys
from pathlib import Path

from infra.local.background import in_thread

_FULL = frozenset((errno.ENOSPC, errno.EDQUOT))
_REFUSED = frozenset((errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ELOOP))
_PROBE_BYTES = 64 * 1024
_PROBE_SECONDS = 5.0


def probe(directory: Path) -> None:
    """Raises OSError where the folder cannot be written."""
    path = directory / "probe"
    try:
        path.write_bytes(bytes(_PROBE_BYTES))
    finally:
        path.unlink(missing_ok=True)


def sentence(error: Exception, directory: Path) -> str | None:
    """What an error says about the folder; None if it is about something else.

    Tools that ran out of space tell it in their output, so an error's text counts too. Often the space is free
    again by then, because the tool has removed what it began.
    """
    number = error.errno if isinstance(error, OSError) else None
    if number is None:
        text = str(error)
        number = next((each for each in _FULL if os.strerror(each) in text), None)
    if number in _FULL:
        remedy = "Free some space there"
    elif number in _REFUSED:
        remedy = "Make it a folder that you may write to"
    else:
        return None
    where = error.filename if isinstance(error, OSError) and error.filename else directory
    return (
        f"cannot write {where}: {os.strerror(number)}. "
        f"{remedy}, or give the stack another place: LOCAL_DIR=/tmp/stack make run"
    )


async def watch(directory: Path, pause: float = _PROBE_SECONDS) -> None:
    """Reports when the folder can no longer be written, and when it can again; looks each `pause` seconds.

    The emulator and the functions cannot: their logs would go to the same disk.
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
