"""The deployment package: complete with only Python, small, and built or refused."""

import json
import platform
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra.edge_function import source
from infra.edge_template import edge_template
from infra.kinds import functions
from infra.packaging import MAX_UNZIPPED, MAX_ZIPPED, ROOT, Package, PackagingError, refuse_failure, refuse_size
from infra.trimming import OPERATIONS

# One worker builds for all: it takes about 20 seconds, more where pip has to load the dependencies first.
pytestmark = pytest.mark.xdist_group("package")

STATIC = ROOT / "chalicelib" / "static"

_on_lambdas_machine = pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"), reason="the package's binaries are for Lambda"
)

_AWS = {
    "AWS_REGION": "ap-northeast-1",
    "AWS_DEFAULT_REGION": "ap-northeast-1",
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
}


@pytest.fixture(scope="module")
def unpacked(built: Package, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as Lambda has it."""
    directory = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(built.code) as packed:
        packed.extractall(directory)
    return directory


def isolated(built: Package, unpacked: Path, *command: str) -> str:
    """The output of a Python with only the package and the template's variables."""
    variables = built.template["Globals"]["Function"]["Environment"]["Variables"]
    given = {name: value if isinstance(value, str) else f"https://{name}" for name, value in variables.items()}
    done = subprocess.run(
        # -B: Python must not create a missing bytecode file.
        [sys.executable, "-I", "-S", "-B", *command],
        env={**_AWS, **given},
        cwd=unpacked,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@_on_lambdas_machine
def test_every_function_is_found_in_a_python_that_has_only_the_package(built: Package, unpacked: Path) -> None:
    resources = built.template["Resources"].values()
    handlers = [row["Properties"]["Handler"] for row in resources if row["Type"] == "AWS::Serverless::Function"]
    assert len(handlers) == 22
    for module, _, function in sorted(handler.rpartition(".") for handler in handlers):
        program = f"import sys; sys.path.insert(0, {str(unpacked)!r}); import {module}; print({module}.{function})"
        assert isolated(built, unpacked, "-c", program), function


@_on_lambdas_machine
def test_all_that_functions_use_is_in_the_package_and_compiled(built: Package, unpacked: Path) -> None:
    program = Path(__file__).with_name("isolated.py")
    report = json.loads(isolated(built, unpacked, str(program), str(unpacked), ",".join(OPERATIONS)))
    assert report["strangers"] == []
    assert report["uncompiled"] == []
    assert report["used"] == [True] * 6
    assert set(report["endpoints"]) == set(OPERATIONS)
    assert report["sent"]["url"] == "https://dynamodb.ap-northeast-1.amazonaws.com/"
    assert json.loads(report["sent"]["body"]) == {"TableName": "orders", "Key": {"id": {"S": "1"}}}
    assert report["sent"]["signature"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")


@_on_lambdas_machine
def test_the_rest_function_answers_as_if_every_route_was_registered_at_its_start(
    built: Package, unpacked: Path
) -> None:
    program = str(Path(__file__).with_name("rest_answers.py"))
    handler = functions(built.template["Resources"])["APIHandler"]["Handler"]
    on_demand, at_once = (
        json.loads(isolated(built, unpacked, program, str(unpacked), each)) for each in (handler, "app.app")
    )
    assert on_demand["imported"] == []
    assert at_once["imported"] != []
    assert len(on_demand["answers"]) > 80
    assert {answer["statusCode"] for answer in on_demand["answers"].values()} == {401}
    assert on_demand["keys_read"] == 1
    assert on_demand["answers"] == at_once["answers"]
    assert on_demand["document"] == at_once["document"]


def test_the_package_holds_our_sources_the_built_pages_and_no_boto3(built: Package) -> None:
    with zipfile.ZipFile(built.code) as packed:
        names = set(packed.namelist())
    assert {"app.py", "chalicelib/core/aws.py", "__pycache__/app.cpython-311.pyc"} <= names
    # Scripts and styles come from the bucket.
    static = {name for name in names if name.startswith("chalicelib/static/")}
    assert static == {f"chalicelib/static/{path.relative_to(STATIC)}" for path in STATIC.glob("console/*.html")}
    assert not {name.split("/")[0] for name in names} & {
        "boto3",
        "numpy",
        "pandas",
        "pip",
        "setuptools",
        "vroom",
        "s3transfer",
        "tests",
        "infra",
    }


def test_the_pages_of_the_package_name_files_of_the_bucket(built: Package, unpacked: Path) -> None:
    for page in (unpacked / "chalicelib" / "static" / "console").glob("[!_]*.html"):
        named = re.findall(r'"\{\{static\}\}/([^"]+)"', page.read_text())
        assert named, page
        assert [path for path in named if not (built.static / path).is_file()] == [], page


_OPTIMIZE = """
import json, os, sys
sys.path[:0] = sys.argv[1:]
del os.environ["OSRM_URL"]
from chalicelib.consumers.optimize_routes import optimize_routes
places = [{"latitude": 25.04, "longitude": 121.55}, {"latitude": 25.05, "longitude": 121.55}]
stops, vehicles = [{"place": 1, "load": 1, "service": 60}], [{"start": 0, "end": 0, "shift": [0, 36000]}]
problem = {"places": places, "stops": stops, "vehicles": vehicles}
print(json.dumps(optimize_routes({"problem": problem, "tenant_id": "t", "correlation_id": "c"}, None)))
"""


@_on_lambdas_machine
def test_the_optimisers_layer_is_all_that_it_needs_besides_the_package(
    built: Package, unpacked: Path, tmp_path: Path
) -> None:
    assert built.layer is not None
    having = {
        name: each["Layers"] for name, each in functions(built.template["Resources"]).items() if "Layers" in each
    }
    assert having == {"OptimizeRoutes": [{"Ref": "OptimizerLayer"}]}
    with zipfile.ZipFile(built.layer) as packed:
        names = packed.namelist()
        packed.extractall(tmp_path)
        size = sum(entry.file_size for entry in packed.infolist())
    # Lambda unpacks it into /opt and looks for modules in /opt/python.
    assert {name.split("/")[0] for name in names} == {"python"}
    # No pandas: pyvroom asks for it, and solver.py says why it can do without.
    assert {name.split("/")[1] for name in names} == {"numpy", "numpy.libs", "pyvroom.libs", "vroom"}
    assert "python/vroom/__pycache__/__init__.cpython-311.pyc" in names
    with zipfile.ZipFile(built.code) as packed:
        assert size + sum(entry.file_size for entry in packed.infolist()) < MAX_UNZIPPED / 2
    sent = isolated(built, unpacked, "-c", _OPTIMIZE, str(unpacked), str(tmp_path / "python"))
    [tour] = json.loads(sent.splitlines()[-1])["tours"]
    assert [visit["stop"] for visit in tour["visits"]] == [0]


def test_a_package_that_is_too_large_fails_the_build() -> None:
    with pytest.raises(PackagingError, match=r"^the package has 10\.1 MB zipped, and may have 10\.0 MB"):
        refuse_size(MAX_ZIPPED + 100_000, MAX_UNZIPPED)
    with pytest.raises(PackagingError, match=r"^the package has 263\.1 MB unzipped, and may have 262\.1 MB"):
        refuse_size(MAX_ZIPPED, MAX_UNZIPPED + 1_000_000)
    refuse_size(MAX_ZIPPED, MAX_UNZIPPED)


def test_a_failure_in_chalices_output_fails_the_build_although_it_exits_with_0() -> None:
    with pytest.raises(PackagingError, match="numpy"):
        refuse_failure(0, "Could not install dependencies:\nnumpy==9\nYou will have to build these yourself")
    with pytest.raises(PackagingError, match="ended with 2"):
        refuse_failure(2, "")
    refuse_failure(0, "Creating deployment package.")


_PACKAGE = """
import sys
from pathlib import Path
from infra.packaging import PackagingError, package
try:
    package("dev", Path(sys.argv[1]) / "build", project=Path(sys.argv[1]))
except PackagingError as error:
    sys.exit(f"refused: {error}")
"""


def test_a_dependency_without_a_wheel_for_lambda_fails_the_build(tmp_path: Path) -> None:
    # Needs a C library that is newer than the 2.26 of Lambda's Python 3.11; the only wheel there is.
    with zipfile.ZipFile(tmp_path / "toonew-1.0-cp311-cp311-manylinux_2_28_x86_64.whl", "w") as wheel:
        wheel.writestr("toonew.py", "")
        wheel.writestr("toonew-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: toonew\nVersion: 1.0\n")
        wheel.writestr("toonew-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: false\n")
        wheel.writestr("toonew-1.0.dist-info/RECORD", "")
    # A project of its own, with a function: without one, Chalice vendors nothing.
    (tmp_path / "app.py").write_text(
        "from chalice import Chalice\napp = Chalice(app_name='x')\n"
        "@app.lambda_function()\ndef each(event, context): pass\n"
    )
    static = tmp_path / "chalicelib" / "static"
    (static / "realtime" / "types").mkdir(parents=True)
    (static / "realtime" / "package.json").write_text('{"exports": {}}')
    (static / "console").mkdir()
    (static / "console" / "offline-worker.js").write_text("")
    (tmp_path / ".chalice").mkdir()
    (tmp_path / ".chalice" / "config.json").write_text(
        '{"version": "2.0", "app_name": "x", "stages": {"dev": {}}}'
    )
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "resources.json").write_text("{}")
    (tmp_path / "requirements.txt").write_text("toonew==1.0\n")
    done = subprocess.run(
        [sys.executable, "-c", _PACKAGE, str(tmp_path)],
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.startswith("refused: ")
    assert "toonew" in done.stderr
    assert not (tmp_path / "build" / "application.json").exists()


def test_the_edge_lies_beside_the_package_for_cfn_lint_and_for_an_edge_of_your_own(built: Package) -> None:
    build = built.code.parent.parent
    assert json.loads((build / "edge.json").read_text()) == edge_template()
    assert (build / "edge.js").read_text() == source()
