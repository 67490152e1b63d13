"""Choosing ports: a used one is refused with an explanation of how to choose another."""

import socket

import pytest

from infra.local.ports import HOST, PortTaken, free_port, is_taken, number_of, reserved


def test_a_taken_port_is_named_with_another_to_take() -> None:
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PortTaken) as taken:
            reserved({"PORT": str(port)}, "PORT", 8000)
    message = str(taken.value)
    assert message.startswith(f"Port {port} is taken. Choose another one: PORT=")
    assert message.endswith(" make run")
    assert "\n" not in message


def test_a_port_is_free_again_when_its_listener_is_gone() -> None:
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
        assert is_taken(port)
    assert not is_taken(port)


@pytest.mark.parametrize("value", ["http", "0", "70000", "-1"])
def test_an_invalid_port_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=f"PORT={value} is not a port"):
        reserved({"PORT": value}, "PORT", 8000)


def test_without_a_wish_there_is_a_free_port() -> None:
    with reserved({}, "SMS_PORT") as reservation:
        assert number_of(reservation) > 0


def test_a_port_is_no_other_programs_before_it_listens() -> None:
    port = free_port()
    with reserved({"PORT": str(port)}, "PORT") as reservation:
        # As a client's connection takes one: without SO_REUSEADDR.
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind((HOST, port))
        with socket.socket() as client, pytest.raises(ConnectionRefusedError):
            client.connect((HOST, port))
        reservation.listen()
        socket.create_connection((HOST, port), timeout=5).close()
