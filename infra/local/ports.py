"""Ports on loopback."""

import socket
from collections.abc import Mapping

HOST = "127.0.0.1"


class PortTaken(RuntimeError):
    """Another program listens on the port; the message explains how to choose another."""

    def __init__(self, variable: str, port: int) -> None:
        free = (
            next((other for other in range(port + 10, port + 1000, 10) if not is_taken(other)), 0) or free_port()
        )
        super().__init__(f"Port {port} is taken. Choose another one: {variable}={free} make run")


def reserved(environment: Mapping[str, str], variable: str, default: int = 0) -> socket.socket:
    """A socket on the port of a variable or its default, or on any free one (0).

    It is bound, so that no other program gets the port, but does not listen yet. Raises PortTaken, and ValueError
    for a variable that is not a port.
    """
    named = environment.get(variable)
    port = _parsed(variable, named) if named else default
    try:
        return _bound(port)
    except OSError as error:
        raise PortTaken(variable, port) from error


def number_of(reservation: socket.socket) -> int:
    """The port of a bound socket."""
    return int(reservation.getsockname()[1])


def _bound(port: int) -> socket.socket:
    """A socket bound to the port. Raises OSError if another program has it, OverflowError for an invalid port."""
    bound = socket.socket()
    # As asyncio does, so that connections of a stack that was just stopped do not block the port.
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
    except BaseException:
        bound.close()
        raise
    return bound


def _parsed(variable: str, text: str) -> int:
    try:
        port = int(text)
    except ValueError:
        port = 0
    if not 0 < port < 65_536:  # noqa: PLR2004
        raise ValueError(f"{variable}={text} is not a port")
    return port


def free_port() -> int:
    """A port that no program listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def is_taken(port: int) -> bool:
    """Whether binding to the port would fail."""
    try:
        _bound(port).close()
    except (OSError, OverflowError):
        return True
    return False
