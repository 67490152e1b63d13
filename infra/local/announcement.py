"""What a running stack tells: stack.json for programs, a few lines for people."""

import json
import os
from pathlib import Path
from typing import Any


class AlreadyRunning(RuntimeError):
    """Another stack keeps its files in the same directory."""


class NotRunning(RuntimeError):
    """No stack keeps its files there; the message says how to start one."""


def write(path: Path, described: dict[str, Any]) -> None:
    """Writes stack.json at once, so that whoever waits for it never reads half of it."""
    unfinished = path.with_suffix(".tmp")
    unfinished.write_text(json.dumps(described, indent=2, ensure_ascii=False) + "\n")
    unfinished.chmod(0o600)  # it holds passwords
    unfinished.replace(path)


def read(path: Path) -> dict[str, Any]:
    """What the running stack has written. Raises NotRunning, also where a killed one left its stack.json."""
    try:
        described: dict[str, Any] = json.loads(path.read_text())
        os.kill(int(described["pid"]), 0)
    except (FileNotFoundError, ProcessLookupError, ValueError, KeyError, TypeError) as error:
        raise NotRunning(
            f"No stack runs from {path.parent}. Start one first, in another terminal: make run"
        ) from error
    return described


def refuse_second(path: Path) -> None:
    """Raises AlreadyRunning if the stack that wrote stack.json still runs; removes what a killed one left."""
    try:
        pid = read(path)["pid"]
    except NotRunning:
        path.unlink(missing_ok=True)
        return
    raise AlreadyRunning(
        f"A stack already runs from {path.parent} (pid {pid}). "
        "Stop it, or give this one its own place: LOCAL_DIR=/tmp/stack PORT=8010 make run"
    )


def text(described: dict[str, Any], seconds: float) -> str:
    """The lines for people."""
    lines = [
        "",
        f"Lucky Gas Realtime is ready in {seconds:.1f} s",
        f"  REST        {described['rest_url']}",
        f"  WebSocket   {described['websocket_url']}?token=…",
        f"  Console     {described['console_url']}",
        f"  SMS inbox   {described['sms_inbox_url']}",
        f"  Emulator    {described['emulator_url']}",
    ]
    if described["logins"]:
        columns: tuple[str, ...] = ("tenant", "kind", "role", "username", "password")
        rows = [
            columns,
            *(tuple(str(login.get(column, "")) for column in columns) for login in described["logins"]),
        ]
        widths = [max(len(row[i]) for row in rows) for i in range(len(columns))]
        lines += ["", "Logins"]
        lines += [
            "  " + "  ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows
        ]
    return "\n".join([*lines, "", "The functions' logs follow. Ctrl-C ends everything."])
