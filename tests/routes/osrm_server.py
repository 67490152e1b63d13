"""A fake `osrm-routed` over HTTP, with valid and invalid answers. Its roads are three times the great circle."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from chalicelib.core.fields import Place
from chalicelib.core.geo import metres

# The default of `--max-table-size`, which counts cells.
_MOST_CELLS = 100 * 100
DETOUR = 3
METRES_PER_SECOND = 10


class Osrm:
    """asked: paths and queries. islands: places that no road leads to. answer: status and body, if another."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[str] = []
        self.islands: set[Place] = set()
        self.answer: tuple[int, bytes] | None = None
        self.stalls = False
        self.drips = False
        self.stopped = threading.Event()

    def sent(self, target: str) -> tuple[int, bytes]:
        self.asked.append(target)
        if self.stalls:
            self.stopped.wait()
        if self.answer is not None:
            return self.answer
        status, table = self._table(target)
        return status, json.dumps(table).encode()

    def _table(self, target: str) -> tuple[int, dict[str, Any]]:
        split = urlsplit(target)
        head, _, spots = split.path.rpartition("/")
        options = {name: value for name, [value] in parse_qs(split.query, separator="&").items()}
        if not head.endswith("/table/v1/driving") or set(options) - {
            "annotations",
            "generate_hints",
            "sources",
            "destinations",
        }:
            return 400, {"code": "InvalidQuery"}
        places = [Place(float(y), float(x)) for x, y in (spot.split(",") for spot in spots.split(";"))]
        rows, columns = (
            [places[int(n)] for n in options[name].split(";")] if name in options else places
            for name in ("sources", "destinations")
        )
        if len(rows) * len(columns) > _MOST_CELLS:
            return 400, {"code": "TooBig", "message": "Too many table coordinates"}
        distances = [[self._way(one, other) for other in columns] for one in rows]
        durations = [[None if way is None else way / METRES_PER_SECOND for way in row] for row in distances]
        found = {"duration": ("durations", durations), "distance": ("distances", distances)}
        return 200, {"code": "Ok", **dict(found[name] for name in options["annotations"].split(","))}

    def _way(self, one: Place, other: Place) -> float | None:
        if one != other and self.islands & {one, other}:
            return None
        return round(DETOUR * metres(one, other), 1)


@contextmanager
def running_osrm() -> Iterator[Osrm]:
    osrm = Osrm()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, body = osrm.sent(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            for byte in body if osrm.drips else ():
                self.wfile.write(bytes([byte]))
                osrm.stopped.wait(0.02)
            if not osrm.drips:
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # the base class's name
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # clients that leave in the middle are part of the tests

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    osrm.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield osrm
    finally:
        osrm.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()
