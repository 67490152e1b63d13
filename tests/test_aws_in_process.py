"""moto answers clients of the application that were made before it was started."""

import os
import subprocess
import sys

from infra.packaging import ROOT

_CLIENT_BEFORE_MOTO = """
from tests.aws_in_process import aws_in_process, set_environment
set_environment()
from chalicelib.core import aws
queues = aws.client("sqs")
with aws_in_process(aws.client):
    print(len(queues.list_queues()["QueueUrls"]))
"""
# Behind it is no AWS to ask.
_NO_PROXY = {"HTTPS_PROXY": "http://127.0.0.1:1"}


def test_a_client_made_before_moto_starts_is_answered_by_moto() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _CLIENT_BEFORE_MOTO],
        cwd=ROOT,
        env={**os.environ, **_NO_PROXY},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) > 0
