"""What a cold start costs, in turns with an import of Chalice and PynamoDB from the same files; what is packed.

Fresh interpreters with .pyc files: once with nothing but the package, once with the tree and site-packages.
"""

import json
import statistics
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

from infra.packaging import ROOT, package
from tests.aws_in_process import ENVIRONMENT
from tests.bench.report import Report

_ROUNDS = 15
_BOTOCORES = "import botocore.session as s; s.get_session().create_client('dynamodb')"
_CLIENT = "; from chalicelib import aws; aws.client('dynamodb')"
_REFERENCE = "import chalice, pynamodb.models"
_ALONE, _WHOLE = "chalice and pynamodb alone", "app and its first client"
_STARTS = {
    _ALONE: _REFERENCE,
    "… and botocore's first client": f"{_REFERENCE}; {_BOTOCORES}",
    "app": "import app",
    _WHOLE: f"import app{_CLIENT}",
    "orders_stream and its first client": f"import chalicelib.streams.orders{_CLIENT}",
    "send_sms and its first client": f"import chalicelib.streams.send_sms{_CLIENT}",
}

_MEASURE = """
import json, sys, time
sys.path[:0] = json.loads(sys.argv[1])
started = time.perf_counter()
exec(sys.argv[2])
print(time.perf_counter() - started)
"""


def test_cold_start_against_its_frameworks(tmp_path: Path, report: Report) -> None:
    built = package("dev", tmp_path / "build")
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(built.code) as packed:
        packed.extractall(unpacked)
        size = sum(entry.file_size for entry in packed.infolist())
    report.note(f"package: {built.code.stat().st_size / 1e6:.1f} MB zipped, {size / 1e6:.1f} MB unzipped")
    ratios = _ratios("the package", [unpacked], report)
    report.at_most(
        "cold start: app and its first DynamoDB client, from the package",
        f"{ratios[_WHOLE][0]:.0f} ms",
        f"`{_REFERENCE}` {ratios[_ALONE][0]:.0f} ms",
        ratios[_WHOLE][1],
        1.3,
    )
    _ratios("untrimmed site-packages", [ROOT, Path(sysconfig.get_path("purelib"))], report)


def _ratios(title: str, paths: list[Path], report: Report) -> dict[str, tuple[float, float]]:
    """Milliseconds and ratio to the frameworks alone, for each of the starts."""
    seconds: dict[str, list[float]] = {name: [] for name in _STARTS}
    for _ in range(_ROUNDS):
        for name, statement in _STARTS.items():
            seconds[name].append(_start(paths, statement))
    reference = statistics.median(seconds[_ALONE])
    found = {name: statistics.median(measured) for name, measured in seconds.items()}
    parts = [f"{name} {median / reference:.2f}" for name, median in found.items()]
    report.note(f"cold start from {title}, ratios: {', '.join(parts)}")
    return {name: (median * 1000, median / reference) for name, median in found.items()}


def _start(paths: list[Path], statement: str) -> float:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _MEASURE, json.dumps([str(path) for path in paths]), statement],
        env={name: value for name, value in ENVIRONMENT.items() if value},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(done.stdout)
