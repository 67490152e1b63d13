"""Ports on loopback."""

import socket
from collections.abc import Mapping

HOST = "127.0.0.1"


class PortTaken(RuntimeError):
    """Somebody else listens there; the message names the port and how to choose another."""

    def __init__(self, variable: str, port: int) -> None:
        free = (
            next((other for other in range(port + 10, port + 1000, 10) if not is_taken(other)), 0) or free_port()
        )
        super().__init__(f"Port {port} is taken. Choose another one: {variable}={free} make run")


def chosen_port(environment: Mapping[str, str], variable: str, default: int | None = None) -> int:
    """The port that a variable or its default asks for, or any free one.

    Raises PortTaken, and ValueError for a variable that is not a port.
    """
    chosen = environment.get(variable) or default
    if chosen is None:
        return free_port()
    try:
        port = int(chosen)
    except ValueError:
        port = 0
    if not 0 < port < 65_536:  # noqa: PLR2004
        raise ValueError(f"{variable}={chosen} is not a port")
    if is_taken(port):
        raise PortTaken(variable, port)
    return port


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def is_taken(port: int) -> bool:
    """Whether binding to the port would fail."""
    with socket.socket() as probe:
        # As asyncio does, so that connections of a stack just stopped are not taken for a listener.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return True
    return False
