"""Describes a running stack: stack.json for programs, and some lines on the terminal."""

import json
from pathlib import Path
from typing import Any

from infra.local.lock import is_locked


class NotRunning(RuntimeError):
    """No stack runs in the folder; the message explains how to start one."""


def write(path: Path, described: dict[str, Any]) -> None:
    """Writes stack.json atomically, so that a waiting program never reads half of it."""
    unfinished = path.with_suffix(".tmp")
    unfinished.write_text(json.dumps(described, indent=2, ensure_ascii=False) + "\n")
    unfinished.chmod(0o600)  # it contains passwords
    unfinished.replace(path)


def read(path: Path) -> dict[str, Any]:
    """The content of the running stack's stack.json. Raises NotRunning, also if a killed stack left the file."""
    directory = path.parent
    running = is_locked(directory)
    if running and not path.exists():
        raise NotRunning(f"The stack in {directory} is not ready yet, or is stopping. Wait for its logins.")
    try:
        described: dict[str, Any] = json.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        described = {}
    if not (running and described):
        left = f"; {path.name} was left behind by a killed one" if described else ""
        raise NotRunning(f"No stack runs from {directory}{left}. Start one first, in another terminal: make run")
    return described


def text(described: dict[str, Any], seconds: float) -> str:
    """The lines for the terminal."""
    lines = [
        "",
        f"Lucky Gas Realtime is ready in {seconds:.1f} s",
        f"  REST        {described['rest_url']}",
        f"  WebSocket   {described['websocket_url']}?token=…",
        f"  Display     {described['display_url']}",
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
