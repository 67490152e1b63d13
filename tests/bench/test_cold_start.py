"""What a cold start of each function costs, in turns with an import of Chalice and PynamoDB; what is packed.

Fresh interpreters with .pyc files, with nothing but the package. CPU time, because an import waits for nothing. A
virtual core is now fast and now slow for seconds, by half: so each start is compared with a start of the reference
just before it, and the median of these ratios counts.
"""

import json
import statistics
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Mapping
from pathlib import Path

from infra.kinds import functions
from infra.packaging import ROOT, package
from tests.aws_in_process import ENVIRONMENT
from tests.bench.report import Report

_ROUNDS = 21
_REFERENCE = "import chalice, pynamodb.models"
_CLIENT = "from chalicelib.core import aws; aws.client('dynamodb')"
# Botocore's own first client, as a program without ours makes it.
_BOTOCORES = "import botocore.session as s; s.get_session().create_client('dynamodb')"
_API = "APIHandler"
# The modules that a request for orders imports besides the function's handler.
_ROUTE = "import chalicelib.api.orders"
# It has no client: the event contains all data.
_WITHOUT_CLIENT = ("OptimizeRoutes",)
_MOST_API, _MOST = 1.3, 1.2

_MEASURE = """
import json, sys, time
sys.path[:0] = json.loads(sys.argv[1])
started = time.process_time()
exec(sys.argv[2])
print(time.process_time() - started)
"""


def test_cold_starts_against_their_frameworks(tmp_path: Path, report: Report) -> None:
    built = package("dev", tmp_path / "build")
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(built.code) as packed:
        packed.extractall(unpacked)
        size = sum(entry.file_size for entry in packed.infolist())
    report.note("package", f"{built.code.stat().st_size / 1e6:.1f} MB zipped, {size / 1e6:.1f} MB unzipped")
    handlers = {name: each["Handler"] for name, each in functions(built.template["Resources"]).items()}
    starts = {name: _start_of(name, handler) for name, handler in handlers.items()}
    measured = _measured([unpacked], starts)
    for name in sorted(measured, key=lambda each: (each != _API, each)):
        pairs = measured[name]
        report.at_most(
            f"cold start of {name}",
            f"{statistics.median(own for own, _ in pairs) * 1000:.0f} ms",
            f"`{_REFERENCE}` {statistics.median(reference for _, reference in pairs) * 1000:.0f} ms",
            _ratio(pairs),
            _MOST_API if name == _API else _MOST,
        )
    site_packages = Path(sysconfig.get_path("purelib"))
    others = {"botocore's client": f"{_REFERENCE}; {_BOTOCORES}", _API: starts[_API]}
    for title, paths in (("the package", [unpacked]), ("untrimmed site-packages", [ROOT, site_packages])):
        ratios = [f"{name} {_ratio(pairs):.2f}" for name, pairs in _measured(paths, others).items()]
        report.note(f"cold start from {title}, ratios", ", ".join(ratios))


def _start_of(function: str, handler: str) -> str:
    """The code that a function runs until its first call to DynamoDB."""
    route = [_ROUTE] if function == _API else []
    client = [] if function in _WITHOUT_CLIENT else [_CLIENT]
    return "; ".join([f"import {handler.rpartition('.')[0]}", *route, *client])


def _measured(paths: list[Path], starts: Mapping[str, str]) -> dict[str, list[tuple[float, float]]]:
    """By name: seconds of each start, and of the reference's just before it."""
    pairs: dict[str, list[tuple[float, float]]] = {name: [] for name in starts}
    for _ in range(_ROUNDS):
        for name, start in starts.items():
            reference = _run(paths, _REFERENCE)
            pairs[name].append((_run(paths, start), reference))
    return pairs


def _ratio(pairs: list[tuple[float, float]]) -> float:
    return statistics.median(own / reference for own, reference in pairs)


def _run(paths: list[Path], statement: str) -> float:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _MEASURE, json.dumps([str(path) for path in paths]), statement],
        env={name: value for name, value in ENVIRONMENT.items() if value},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(done.stdout)
