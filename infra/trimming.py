"""Removes unused parts of the dependencies from the deployment package; site-packages is not changed.

botocore alone has 27 of 40 MB: it describes every service of AWS with its documentation. Removing them also speeds
up cold starts, which read these files for the first client.
"""

import gzip
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

# By service: the operations that functions call or sign. A test in which a function calls another operation fails.
# botocore needs CreateBucket for the URL of an upload form, and HeadBucket for a bucket's region.
OPERATIONS: Final[Mapping[str, frozenset[str]]] = {
    "cloudwatch": frozenset({"GetMetricData"}),
    "dynamodb": frozenset(
        {
            "BatchGetItem",
            "BatchWriteItem",
            "DeleteItem",
            "GetItem",
            "PutItem",
            "Query",
            "Scan",
            "TransactGetItems",
            "TransactWriteItems",
            "UpdateItem",
        }
    ),
    "lambda": frozenset({"Invoke", "ListEventSourceMappings"}),
    "s3": frozenset({"CreateBucket", "GetObject", "HeadBucket", "PutObject"}),
    "sns": frozenset({"Publish"}),
    "sqs": frozenset(
        {"ChangeMessageVisibilityBatch", "DeleteMessage", "GetQueueAttributes", "ReceiveMessage", "SendMessage"}
    ),
    "ssm": frozenset({"GetParameter"}),
}

# A service's operations, endpoints and paginators, without examples and waiters.
_KINDS: Final = ("service-2", "endpoint-rule-set-1", "paginators-1")

# Files that we never import. argon2 needs only cffi's compiled part; dateutil's time zones repeat tzdata's. The
# isolation test imports the used parts of the rest.
_UNUSED: Final = (
    "cffi",
    "dateutil/zoneinfo",
    "pycparser",
    "*.data",
    "*.dist-info",
    "**/tests",
    "**/*.pyi",
)

# Files of numpy and VROOM for building, testing and type checking.
_UNUSED_IN_LAYER: Final = ("bin", "numpy/distutils", "numpy/f2py", "*.dist-info", "**/tests", "**/*.pyi")


def trim(unpacked: Path) -> None:
    """Deletes files that no function needs from an unpacked package."""
    _remove_all(unpacked, _UNUSED)
    data = unpacked / "botocore" / "data"
    if data.is_dir():
        trim_botocore(data)


def trim_layer(unpacked: Path) -> None:
    """The same for the optimiser's layer."""
    _remove_all(unpacked, _UNUSED_IN_LAYER)


def trim_botocore(data: Path) -> None:
    """Reduces botocore's data to OPERATIONS, in each service's newest version, without documentation."""
    for path in sorted(data.iterdir()):
        if path.is_dir() and path.name not in OPERATIONS:
            _remove(path)
    for service, operations in OPERATIONS.items():
        *outdated, newest = sorted((data / service).iterdir())
        for path in outdated:
            _remove(path)
        for path in sorted(newest.iterdir()):
            if path.name.split(".", 1)[0] in _KINDS:
                _condense(path, operations)
            else:
                _remove(path)
    endpoints = json.loads((data / "endpoints.json").read_text())
    for partition in endpoints["partitions"]:
        known = partition["services"]
        # The removed services would use the partition's pattern; ours do not change.
        partition["services"] = {name: known[name] for name in OPERATIONS if name in known}
    _write(data / "endpoints.json", endpoints)


def _condense(path: Path, operations: Iterable[str]) -> None:
    """Rewrites a description without documentation and other operations.

    Plain: the zip is compressed as a whole.
    """
    content = path.read_bytes()
    if path.suffix == ".gz":
        path.unlink()
        path, content = path.with_suffix(""), gzip.decompress(content)
    found = _undocumented(json.loads(content))
    if "operations" in found:
        found["operations"] = {name: found["operations"][name] for name in sorted(operations)}
        found["shapes"] = _reachable(found["operations"], found["shapes"])
    _write(path, found)


def _reachable(operations: Any, shapes: Mapping[str, Any]) -> dict[str, Any]:
    """The shapes that operations use, directly or indirectly."""
    found: dict[str, Any] = {}
    left = list(_named(operations))
    while left:
        name = left.pop()
        if name not in found:
            found[name] = shapes[name]
            left.extend(_named(shapes[name]))
    return found


def _named(value: Any) -> Iterator[str]:
    """The names of shapes to which a part of a description refers."""
    if isinstance(value, dict):
        if isinstance(value.get("shape"), str):
            yield value["shape"]
        for each in value.values():
            yield from _named(each)
    elif isinstance(value, list):
        for each in value:
            yield from _named(each)


def _undocumented(value: Any) -> Any:
    if isinstance(value, dict):
        # Removes only texts, because a shape may have a member of that name. botocore requires those of client
        # parameters.
        return {
            name: {each: {**_undocumented(parameter), "documentation": ""} for each, parameter in item.items()}
            if name == "clientContextParams"
            else _undocumented(item)
            for name, item in value.items()
            if name != "documentation" or not isinstance(item, str)
        }
    if isinstance(value, list):
        return [_undocumented(item) for item in value]
    return value


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, separators=(",", ":"), ensure_ascii=False))


def _remove_all(unpacked: Path, patterns: Iterable[str]) -> None:
    for pattern in patterns:
        for path in sorted(unpacked.glob(pattern)):
            _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
