"""A web server of another origin, with the pages of tests/browser/frontends."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

_FOLDER = Path(__file__).parent / "frontends"
_MODULES = "/node_modules/"


class _Files(SimpleHTTPRequestHandler):
    def translate_path(self, path: str) -> str:
        """A file of the pages, or of the packages that they import."""
        if path.startswith(_MODULES):
            return str(Path(__file__).parent / path.removeprefix("/"))
        return super().translate_path(path)

    def log_message(self, *_: object) -> None:
        """Does nothing: the tests report missing things."""


@contextmanager
def other_origin() -> Iterator[str]:
    """The origin, `http://127.0.0.1:<free port>`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(_FOLDER)))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
