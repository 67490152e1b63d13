"""What a cold start imports, counted in a fresh interpreter: modules, and the bytes of their sources.

Counted beyond `_REFERENCE`, what is imported by whoever uses Chalice and PynamoDB at all. Time would say the same,
but not twice the same.
"""

import json
import subprocess
import sys
from collections import Counter

import pytest

from infra.packaging import ROOT
from tests.aws_in_process import ENVIRONMENT

_REFERENCE = "import chalice.app, pynamodb.models, botocore.session"

# Imported where they are used, by few functions and not at each start.
_LAZY = {"argon2", "boto3", "numpy", "pandas", "phonenumbers", "requests", "segno", "ulid", "vroom"}

# cryptography comes with the checks and is not in the package; PyJWT would take it.
_COUNT = """
import json, os, sys
sys.modules["cryptography"] = None
exec(sys.argv[1])
before = set(sys.modules)
exec(sys.argv[2])
files = {name: getattr(sys.modules[name], "__file__", None) for name in set(sys.modules) - before}
sources = {name: file if file and file.endswith(".py") else os.devnull for name, file in files.items()}
json.dump({name: os.path.getsize(file) for name, file in sources.items()}, sys.stdout)
"""


def imported(statement: str) -> dict[str, int]:
    """Modules that a statement imports beyond the reference, and the bytes of each one's source."""
    done = subprocess.run(
        [sys.executable, "-c", _COUNT, _REFERENCE, statement],
        cwd=ROOT,
        env={name: value for name, value in ENVIRONMENT.items() if value},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, int] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("statement", "most_modules", "most_bytes"),
    [
        # A twentieth above what was counted when these were written.
        ("import app", 350, 1_560_000),
        ("from chalicelib.sockets import connect, disconnect, message", 174, 929_000),
        ("from chalicelib.streams import orders", 171, 843_000),
        ("from chalicelib.streams import connections", 168, 910_000),
    ],
)
def test_a_cold_start_stays_within_its_budget(statement: str, most_modules: int, most_bytes: int) -> None:
    found = imported(statement)
    assert len(found) <= most_modules, told(found)
    assert sum(found.values()) <= most_bytes, told(found)


def told(found: dict[str, int]) -> str:
    """Where to look: what each package brings, and the largest modules."""
    packages: Counter[str] = Counter()
    for name, size in found.items():
        packages[name.split(".")[0]] += size
    modules = Counter(found)
    return (
        f"{len(found)} modules with {modules.total():,} bytes. "
        f"Packages: {', '.join(f'{name} {size:,}' for name, size in packages.most_common(12))}. "
        f"Modules: {', '.join(f'{name} {size:,}' for name, size in modules.most_common(12))}."
    )


def test_heavy_packages_are_imported_where_they_are_used() -> None:
    assert not {name.split(".")[0] for name in imported("import app")} & _LAZY
