"""Event sources and permissions derived from the declarations of stream functions."""

import subprocess
import sys

import app
from chalicelib.consumers.stream import STREAMS
from infra.packaging import ROOT


def test_packaging_knows_every_stream_function_without_app_py() -> None:
    # In a process of its own: this one has imported app.py, which registers them all.
    program = "from infra.stream_functions import STREAMS; print(*STREAMS)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert app
    assert STREAMS
    assert set(done.stdout.split()) == STREAMS.keys()
