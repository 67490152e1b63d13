"""Runs operator commands one after the other in one process, because starting Python for each takes most of the
time.

`python -m tests.e2e.run_commands`, with a list of `[module, argument, …]` as JSON on stdin. Prints for each
command its exit code and its output on stdout and stderr. A command that runs until Ctrl-C is interrupted.
"""

import contextlib
import importlib
import io
import json
import signal
import sys

# Whatever asks for a key on stdin is given this one.
KEY = "a-new-key"
INTERRUPTED = 130
_FOLLOWED_SECONDS = 3.0


def ran(module: str, *arguments: str) -> dict[str, int | str]:
    sent, complained = io.StringIO(), io.StringIO()
    sys.stdin = io.StringIO(KEY)
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    with contextlib.redirect_stdout(sent), contextlib.redirect_stderr(complained):
        signal.setitimer(signal.ITIMER_REAL, _FOLLOWED_SECONDS if "--follow" in arguments else 0)
        try:
            code = importlib.import_module(module).main(list(arguments))
        except SystemExit as refusal:  # argparse's
            code = int(refusal.code or 0)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    return {"code": code, "out": sent.getvalue(), "err": complained.getvalue()}


if __name__ == "__main__":
    commands = json.load(sys.stdin)
    json.dump([ran(*command) for command in commands], sys.stdout)
