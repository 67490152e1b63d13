"""`make run`. It has few imports, so that a signal during the other imports ends it without a traceback."""

import os
import signal
import sys
from typing import Any


def _end(number: int, _: Any) -> None:
    # At once: nothing has been started yet. asyncio's own handlers replace this one before anything is.
    os._exit(128 + number)


if __name__ == "__main__":
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, _end)

    from infra.local.stack import main

    code = main()
    try:
        sys.stdout.flush()
    except OSError:  # as `main` has reported; Python would try, and report, once more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
