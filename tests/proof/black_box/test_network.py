"""The proxies between functions and AWS, and between clients and the stack."""

import random
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from infra.local.ports import HOST
from tests.proof.black_box.network import Network


class _Emulator(BaseHTTPRequestHandler):
    """Answers each request with an empty object."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append(self.headers["Host"])  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """No lines on the terminal."""


@pytest.fixture
def network() -> Iterator[Network]:
    with Network(random.Random(1)) as running:
        yield running


@pytest.fixture
def received(network: Network) -> Iterator[list[str]]:
    """The Host headers of the requests that reached the emulator."""
    requests: list[str] = []
    with ExitStack() as cleanup:
        server = ThreadingHTTPServer((HOST, network.emulator_port), _Emulator)
        server.requests = requests  # type: ignore[attr-defined]
        threads = cleanup.enter_context(ThreadPoolExecutor(1))
        threads.submit(server.serve_forever)
        cleanup.callback(server.server_close)
        cleanup.callback(server.shutdown)
        yield requests


def _write(network: Network) -> None:
    session = boto3.Session("ASIAFUNCTION", "secret", region_name="ap-northeast-1")
    once = Config(retries={"total_max_attempts": 1})
    client = session.client("dynamodb", endpoint_url=network.functions_url, config=once)
    with closing(client):
        client.put_item(TableName="orders", Item={"id": {"S": "1"}})


def test_a_call_reaches_the_service_with_the_host_that_was_signed(network: Network, received: list[str]) -> None:
    _write(network)
    assert received == [network.functions_url.removeprefix("http://")]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("throttle", "ProvisionedThroughputExceededException|ThrottlingException"),
        ("conflict", "TransactionConflict"),
    ],
)
def test_a_refused_call_does_not_reach_the_service(
    fault: str, code: str, network: Network, received: list[str]
) -> None:
    network.proxy.active["dynamodb"][fault] = 1.0
    with pytest.raises(ClientError, match=code):
        _write(network)
    assert received == []


def test_a_lost_answer_belongs_to_a_call_that_took_effect(network: Network, received: list[str]) -> None:
    network.proxy.active["dynamodb"]["lose"] = 1.0
    with pytest.raises(ConnectionClosedError):
        _write(network)
    assert len(received) == 1
    assert network.proxy.counts["dynamodb lose"] == 1


@pytest.mark.parametrize("forwards", [True, False])
def test_a_function_is_killed_at_its_next_call(forwards: bool, network: Network, received: list[str]) -> None:
    killed: list[str] = []
    network.proxy.functions, network.proxy.kill = {"ASIAFUNCTION": "SendSms"}, killed.append
    network.proxy.doomed["SendSms"] = forwards
    with pytest.raises(ConnectionClosedError):
        _write(network)
    _write(network)
    assert killed == ["SendSms"]
    assert len(received) == 1 + forwards


@pytest.mark.parametrize("fault", ["cut", "mute"])
def test_a_client_loses_its_connection_and_the_stack_may_not_notice(fault: str, network: Network) -> None:
    with ExitStack() as cleanup:
        listening = cleanup.enter_context(socket.create_server((HOST, network.port)))
        client = cleanup.enter_context(socket.create_connection((HOST, network.clients_port)))
        stack, _ = listening.accept()
        cleanup.enter_context(stack)
        client.sendall(b"hello")
        assert stack.recv(5) == b"hello"
        network.call(getattr(network.cutter, fault), 1.0)
        with suppress(ConnectionResetError):
            assert client.recv(1) == b""
        # A muted client's connection stays open: nothing is read and nothing fails.
        stack.setblocking(fault == "cut")
        if fault == "mute":
            stack.sendall(b"a post")
            with pytest.raises(BlockingIOError):
                stack.recv(1)
        else:
            with suppress(ConnectionResetError):
                assert stack.recv(1) == b""
