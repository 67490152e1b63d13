"""The imports of each function in new interpreters: our packages, modules, and the bytes of their sources.

They are counted in addition to `_REFERENCE`, the imports of every program with Chalice and PynamoDB. Measuring
time would be less reproducible.
"""

import json
import subprocess
import sys
from collections import Counter
from functools import cache

import pytest

import app
from infra.chalice_package import modules_of
from infra.packaging import ROOT
from infra.template import API_HANDLER
from tests.aws_in_process import ENVIRONMENT

# One worker imports for all.
pytestmark = pytest.mark.xdist_group("imports")

_REFERENCE = ("chalice.app", "pynamodb.models", "botocore.session")

# Imported where they are used, by few functions and not at each start.
_LAZY = {
    *(
        "argon2",
        "boto3",
        "numpy",
        "openpyxl",
        "pandas",
        "phonenumbers",
        "pyotp",
        "requests",
        "segno",
        "ulid",
        "vroom",
        "zxcvbn",
    ),
}

# Forks after the reference, so that each handler's modules are imported into an interpreter without the others'.
# The package does not contain modules that only the checks install; PyJWT and msgspec would import them.
_COUNT = """
import json, os, sys
from importlib import import_module
reference, groups = json.loads(sys.argv[1])
sys.modules |= dict.fromkeys(("cryptography", "typing_extensions"))
for name in reference:
    import_module(name)
before = set(sys.modules)
for group in groups:
    if not os.fork():
        for name in group:
            import_module(name)
        files = {name: getattr(sys.modules[name], "__file__", None) for name in set(sys.modules) - before}
        sources = {name: file if file and file.endswith(".py") else os.devnull for name, file in files.items()}
        print(json.dumps([group[-1], {name: os.path.getsize(file) for name, file in sources.items()}]), flush=True)
        os._exit(0)
    if os.wait()[1]:
        sys.exit(f"{group} cannot be imported")
"""

# Imported by chalicelib/__init__.py, before our modules.
_FIRST = ("urllib3.util.url", "botocore.session")

_ORDER = "import json, sys, chalicelib.consumers.access; print(json.dumps(list(sys.modules)))"

_CONNECTIONS = frozenset({"auth", "models", "realtime"})
_STREAM = _CONNECTIONS | {"monitoring"}
_EVENTS = _CONNECTIONS | {"orders", "routes"}
_EVENT_STREAM = _EVENTS | {"monitoring"}

# By the module of its handler: which packages of chalicelib a function may import besides its own and `core`, how
# many modules, and how many bytes of source. The figures are a twentieth above what was counted.
FUNCTIONS: dict[str, tuple[frozenset[str], int, int]] = {
    "chalicelib.api.on_demand": (frozenset({"auth", "models"}), 79, 362_000),
    "chalicelib.schedules.create_due_orders": (
        frozenset({"auth", "models", "orders", "records", "recurring", "tenants"}),
        73,
        259_000,
    ),
    "chalicelib.schedules.notify_overdue": (_EVENTS, 71, 252_000),
    "chalicelib.schedules.probe_sms_providers": (frozenset({"models", "sms"}), 39, 167_000),
    "chalicelib.schedules.record_metrics": (_STREAM | {"sms"}, 49, 185_000),
    "chalicelib.schedules.sweep_connections": (_STREAM, 69, 255_000),
    "chalicelib.sockets.connect": (_CONNECTIONS, 97, 417_000),
    "chalicelib.sockets.disconnect": (_CONNECTIONS, 38, 165_000),
    "chalicelib.sockets.message": (_CONNECTIONS | {"deliveries", "positions"}, 103, 359_000),
    "chalicelib.consumers.access": (_STREAM | {"tenants"}, 80, 298_000),
    "chalicelib.consumers.announcements": (_STREAM, 73, 288_000),
    "chalicelib.consumers.connections": (_STREAM, 91, 334_000),
    "chalicelib.consumers.fan_out": (_CONNECTIONS, 63, 244_000),
    "chalicelib.consumers.optimize_routes": (frozenset({"routes"}), 34, 142_000),
    "chalicelib.consumers.orders": (_EVENT_STREAM | {"tenants"}, 88, 333_000),
    "chalicelib.consumers.positions": (_EVENT_STREAM | {"positions"}, 99, 373_000),
    "chalicelib.consumers.routes": (_EVENT_STREAM, 104, 374_000),
    "chalicelib.consumers.run_import": (frozenset({"auth", "imports", "models", "tenants"}), 67, 245_000),
    "chalicelib.consumers.send_sms": (frozenset({"auth", "models", "sms"}), 57, 224_000),
}

# A module of the API with routes, after the function's handler.
MOST_API_MODULES, MOST_API_BYTES = 137, 550_000

# Guests' pages are filled in as the console's are.
_SHARED = {f"chalicelib.api.{name}": {"chalicelib.api.console"} for name in ("links", "table_pages")}


@cache
def imported() -> dict[str, dict[str, int]]:
    """By module of a handler or of routes: the modules imported for it, and the bytes of each one's source."""
    api = API_HANDLER.rpartition(".")[0]
    groups = [*([name] for name in FUNCTIONS), *([api, name] for name in route_modules())]
    return dict(json.loads(line) for line in _output(_COUNT, json.dumps([_REFERENCE, groups])).splitlines())


@cache
def route_modules() -> list[str]:
    """The modules of the API that have routes."""
    return sorted(set(modules_of(app.app).values()))


def test_every_function_has_a_budget() -> None:
    registered = app.app
    sources = (registered.event_sources, registered.pure_lambda_functions, registered.websocket_handlers.values())
    handlers = [each.handler_string for found in sources for each in found]
    assert {handler.rpartition(".")[0] for handler in (*handlers, API_HANDLER)} == FUNCTIONS.keys()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_imports_only_modules_that_it_runs(name: str) -> None:
    packages, most_modules, most_bytes = FUNCTIONS[name]
    found = imported()[name]
    own = name.split(".")[1]
    assert sorted(packages_of(found) - packages - {own, "core"}) == [], (
        f"{name} imports more packages: {described(found)}"
    )
    assert len(found) <= most_modules, described(found)
    assert sum(found.values()) <= most_bytes, described(found)
    assert not {each.split(".")[0] for each in found} & _LAZY


def test_deeply_nested_packages_are_imported_before_our_modules() -> None:
    modules: list[str] = json.loads(_output(_ORDER))
    ours = min(modules.index(name) for name in modules if name.startswith("chalicelib."))
    assert [name for name in _FIRST if name not in modules[:ours]] == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_only_a_request_imports_modules_with_routes(name: str) -> None:
    assert imported()[name].keys() & set(route_modules()) == set()


@pytest.mark.parametrize("name", route_modules())
def test_a_request_imports_the_routes_of_one_module(name: str) -> None:
    found = imported()[name]
    others = found.keys() & set(route_modules()) - {name}
    assert others <= _SHARED.get(name, set()), f"{name} imports {', '.join(sorted(others))}"
    assert packages_of(found) & {"sockets", "consumers", "schedules"} == set(), described(found)
    assert len(found) <= MOST_API_MODULES, described(found)
    assert sum(found.values()) <= MOST_API_BYTES, described(found)
    assert not {each.split(".")[0] for each in found} & _LAZY


def _output(program: str, *arguments: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        env={name: value for name, value in ENVIRONMENT.items() if value},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def packages_of(found: dict[str, int]) -> set[str]:
    """Ours, by the name under `chalicelib`."""
    return {name.split(".")[1] for name in found if name.startswith("chalicelib.") and name.count(".") > 1}


def described(found: dict[str, int]) -> str:
    """Where to look: what each package brings, and the largest modules."""
    packages: Counter[str] = Counter()
    for name, size in found.items():
        packages[".".join(name.split(".")[: 2 if name.startswith("chalicelib.") else 1])] += size
    modules = Counter(found)
    return (
        f"{len(found)} modules with {modules.total():,} bytes. "
        f"Packages: {', '.join(f'{name} {size:,}' for name, size in packages.most_common(16))}. "
        f"Modules: {', '.join(f'{name} {size:,}' for name, size in modules.most_common(12))}."
    )


def test_a_group_of_tests_is_named_where_xdist_looks_for_it(request: pytest.FixtureRequest) -> None:
    if not hasattr(request.config, "workerinput"):
        pytest.skip("without xdist there are no groups")
    assert request.node.nodeid.endswith("@imports")
