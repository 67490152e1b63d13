"""A fake SMS gateway over HTTP, with valid and faulty answers."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl


class Gateway:
    """status, body: of each answer; stalls: takes the request and stays silent until it is stopped.

    received: headers and fields of each POST; queries: headers of each GET.
    """

    def __init__(self) -> None:
        self.status = 200
        self.body = b'{"message_id": "m-1"}'
        self.headers: dict[str, str] = {}
        self.stalls = False
        self.hangs_up = False
        self.received: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.queries: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.clients: set[Any] = set()
        self.stopped = threading.Event()
        self.url = ""


@contextmanager
def running_gateway() -> Iterator[Gateway]:
    gateway = Gateway()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            is_json = self.headers["Content-Type"] == "application/json"
            fields = json.loads(body) if is_json else dict(parse_qsl(body.decode(), keep_blank_values=True))
            gateway.received.append((dict(self.headers), fields))
            self.answer()

        def do_GET(self) -> None:
            gateway.queries.append(dict(self.headers))
            self.answer()

        def answer(self) -> None:
            gateway.paths.append(self.path)
            gateway.clients.add(self.client_address)
            if gateway.stalls:
                gateway.stopped.wait()
            if gateway.stalls or gateway.hangs_up:
                self.close_connection = True
                return
            self.send_response(gateway.status)
            for name, value in gateway.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(gateway.body)))
            self.end_headers()
            self.wfile.write(gateway.body)

        def log_message(self, format: str, *args: Any) -> None:  # the base class's name
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # clients that leave in the middle are part of the tests

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    gateway.url = f"http://127.0.0.1:{server.server_port}/sms"
    try:
        yield gateway
    finally:
        gateway.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()
