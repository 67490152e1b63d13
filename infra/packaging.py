"""Builds the template and zips from the working tree: the code with `chalice package`, the optimiser's layer with
pip.

The package is built from a copy, so that nothing is written into the tree, and the package for the local stack can
omit the dependencies: its functions use the site-packages of the virtual environment.
"""

import compileall
import json
import os
import shutil
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from py_compile import PycInvalidationMode

from infra.bundling import BundlingError, bundle
from infra.commands import Run
from infra.commands import run as run_command
from infra.edge_function import source as source_of_function
from infra.edge_template import edge_template
from infra.kinds import layers
from infra.split import split
from infra.template import Template, finished, without_layers
from infra.trimming import trim, trim_layer

ROOT = Path(__file__).resolve().parent.parent
CONTENT = ("app.py", "chalicelib", ".chalice")

# Our own limit, because Lambda downloads and unpacks the zip at each cold start; Lambda's is 50 MB.
MAX_ZIPPED = 10_000_000
# Lambda's, https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_UNZIPPED = 250 * 1024 * 1024


# CloudFormation's, https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MAX_RESOURCES = 500
MAX_PARAMETERS = 200
MAX_TEMPLATE = 1_000_000


class PackagingError(RuntimeError):
    """The package could not be built; the message is the tool's output."""


@dataclass(frozen=True)
class Package:
    """A finished template, without the locations in S3, and the files for S3.

    static: the folder of the files below `/api/static/`. layer: the optimiser's, if there is one.
    """

    template: Template
    code: Path
    static: Path
    layer: Path | None = None


def package(stage: str, build: Path, *, project: Path = ROOT, run: Run = run_command) -> Package:
    """Builds the deployment of a stage under `build`, which is replaced. Raises PackagingError, TemplateError.

    run: runs Chalice and esbuild; the local stack passes one that it can end.
    """
    out, static = build / "out", build / "static"
    shutil.rmtree(build, ignore_errors=True)
    local = stage == "local"
    # Both are independent. If one fails, its error is raised after the other has ended.
    with ThreadPoolExecutor(1) as thread:
        bundled = thread.submit(bundle, project / "chalicelib" / "static", static, run)
        _package_code(stage, build / "src", out, project, run)
        try:
            bundled.result()
        except BundlingError as error:
            raise PackagingError(str(error)) from error
    code = out / "deployment.zip"
    _add_pages(static / "pages", code)
    template = finished(json.loads((out / "sam.json").read_text()))
    layer = None
    if local:
        template = without_layers(template)
    else:
        _unpack(code, build / "unpacked")
        trim(build / "unpacked")
        _add_bytecode(build / "unpacked")
        _pack(build / "unpacked", code)
        if layers(template["Resources"]):
            layer = _layer(project / "requirements-optimizer.txt", build / "layer", out / "layer.zip")
        zipped, unzipped = _sizes(code)
        # Lambda counts a function's layer with its package.
        refuse_size(zipped, unzipped + (_sizes(layer)[1] if layer else 0))
    # Writes the deployed templates, for cfn-lint and for reading.
    parts = split(template)._asdict()
    if not local:
        parts["edge"] = edge_template()
        (build / "edge.js").write_text(source_of_function())
    for name, part in parts.items():
        refuse_limits(name, part)
        (build / f"{name}.json").write_text(json.dumps(part, indent=2, ensure_ascii=False))
    return Package(template, code, static / "files", layer)


def version() -> str:
    """`git describe` of the working tree, `dev` without a repository or a commit."""
    git = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--tags"]
    try:
        described = subprocess.run(git, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "dev"
    return described.stdout.strip() or "dev"


def _package_code(stage: str, source: Path, out: Path, project: Path, run: Run) -> None:
    """Packs the code, without pages, from a copy of the project under `source`. Raises PackagingError."""
    source.mkdir(parents=True)
    for name in CONTENT:
        _copy(project / name, source / name)
    local = stage == "local"
    requirements = "" if local else (project / "requirements.txt").read_text()
    (source / "requirements.txt").write_text(requirements)
    if local:
        # Each process of the stack unpacks the code.
        _add_bytecode(source)
    _chalice_package(stage, source, out, project / "infra" / "resources.json", run)


def _copy(origin: Path, target: Path) -> None:
    """Copies the code, without the browser's files, which are bundled."""
    if origin.is_dir():
        left_out = shutil.ignore_patterns("__pycache__", "deployments", "deployed", "static")
        shutil.copytree(origin, target, ignore=left_out)
    else:
        shutil.copy2(origin, target)


def _chalice_package(stage: str, source: Path, out: Path, resources: Path, run: Run) -> None:
    """Runs Chalice in a separate process, because it imports app.py, which this process must not import twice."""
    program = str(Path(__file__).with_name("chalice_package.py"))
    done = run(
        [sys.executable, program, "package", "--stage", stage, "--merge-template", str(resources), str(out)],
        cwd=source,
        env={**os.environ, "AWS_DEFAULT_REGION": os.environ.get("AWS_DEFAULT_REGION", "ap-northeast-1")},
    )
    refuse_failure(done.returncode, (done.stdout + done.stderr).strip())


def _layer(requirements: Path, content: Path, packed: Path) -> Path:
    """Packs the listed requirements for Lambda's platform. Raises PackagingError.

    Without their dependencies: numpy is listed, and routes/solver.py does not need pandas.
    """
    wheels = ["--only-binary=:all:", "--platform", "manylinux2014_x86_64", "--python-version", "3.11"]
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-compile"]
    target = ["--target", str(content / "python"), "--requirement", str(requirements)]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, *wheels, *target],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise PackagingError(f"the optimiser's layer: {(done.stdout + done.stderr).strip()}")
    trim_layer(content / "python")
    _add_bytecode(content)
    _pack(content, packed)
    return packed


def refuse_failure(exit_code: int, output: str) -> None:
    """Raises PackagingError if `chalice package` failed, by its exit code or its output."""
    # Chalice exits with 0 if a dependency has no wheel for Lambda, and omits it from the package.
    if exit_code != 0 or "Could not install dependencies" in output:
        raise PackagingError(output or f"chalice package ended with {exit_code}")


def refuse_size(zipped: int, unzipped: int) -> None:
    """Raises PackagingError if a package exceeds our limit or Lambda's."""
    for size, limit, what in ((zipped, MAX_ZIPPED, "zipped"), (unzipped, MAX_UNZIPPED, "unzipped")):
        if size > limit:
            raise PackagingError(
                f"the package has {size / 1e6:.1f} MB {what}, and may have {limit / 1e6:.1f} MB: "
                "infra/trimming.py says what is left out"
            )


def refuse_limits(name: str, template: Template) -> None:
    """Raises PackagingError if a stack's template exceeds CloudFormation's limits."""
    for number, limit, what in (
        (_expanded(template), MAX_RESOURCES, "resources"),
        (len(template.get("Parameters", {})), MAX_PARAMETERS, "parameters"),
        (len(json.dumps(template).encode()), MAX_TEMPLATE, "bytes"),
    ):
        if number > limit:
            raise PackagingError(
                f"the template of the {name} stack has {number:,} {what}, and CloudFormation takes {limit:,}: move"
                " some of it into a stack of its own in infra/split.py"
            )


def _expanded(template: Template) -> int:
    """The number of resources after SAM's transform: event sources and APIs become several resources."""
    count = 0
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        count += 1 + 2 * len(properties.get("Events", {})) + ("EventInvokeConfig" in properties)
        count += 2 * (resource["Type"] == "AWS::Serverless::Api")
    return count


def _unpack(code: Path, unpacked: Path) -> None:
    with zipfile.ZipFile(code) as packed:
        packed.extractall(unpacked)


def _add_bytecode(unpacked: Path) -> None:
    """Adds .pyc files: Lambda cannot write them, and compiling would take most of a cold start."""
    # Unchecked, because unpacking on Lambda changes the time stamps that normal .pyc files are compared with.
    mode = PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(str(unpacked), quiet=2, invalidation_mode=mode, stripdir=str(unpacked))


def _pack(unpacked: Path, code: Path) -> None:
    with zipfile.ZipFile(code, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(path for path in unpacked.rglob("*") if path.is_file()):
            _add(packed, str(path.relative_to(unpacked)), path)


def _add(packed: zipfile.ZipFile, name: str, path: Path) -> None:
    # A fixed date, so that the same sources make the same zip and the same key in S3.
    entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
    entry.external_attr = 0o644 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    packed.writestr(entry, path.read_bytes())


def _add_pages(pages: Path, code: Path) -> None:
    """Adds the pages, which the API function fills in. Scripts and styles are in the bucket."""
    with zipfile.ZipFile(code, "a", zipfile.ZIP_DEFLATED) as packed:
        for page in sorted(pages.iterdir()):
            _add(packed, f"chalicelib/static/console/{page.name}", page)


def _sizes(code: Path) -> tuple[int, int]:
    """The size of a zip and of its content, in bytes."""
    with zipfile.ZipFile(code) as packed:
        return code.stat().st_size, sum(entry.file_size for entry in packed.infolist())
