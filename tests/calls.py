"""Records the calls of AWS by function."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from chalicelib.core import aws
from chalicelib.routes import optimizer
from infra.trimming import OPERATIONS

SERVICES = ("cloudwatch", "dynamodb", "lambda", "s3", "sqs", "ssm")

# Not a context variable: a function's own threads ask on its behalf.
_running: list[str] = []
_invoked: Counter[str] = Counter()


@contextmanager
def running_as(function: str) -> Iterator[None]:
    """Inside, all calls are counted for this function."""
    _invoked[function] += 1
    _running.append(function)
    try:
        yield
    finally:
        _running.pop()


@contextmanager
def outside_of_functions() -> Iterator[None]:
    """Inside, calls are the test's own, as if no function were running."""
    running = _running[:]
    _running.clear()
    try:
        yield
    finally:
        _running[:] = running


@contextmanager
def counted_calls() -> Iterator[Counter[str]]:
    """Counts the calls through the app's clients inside, per `service.Operation`."""
    calls: Counter[str] = Counter()

    def count(model: Any, **_: Any) -> None:
        calls[f"{model.service_model.service_name}.{model.name}"] += 1

    with listening("before-call", count):
        yield calls


def function() -> str | None:
    """The function that makes the call; None for a test's own calls."""
    return _running[-1] if _running else None


@contextmanager
def invocations() -> Iterator[Counter[str]]:
    """Counts the runs of each function inside."""
    before, found = _invoked.copy(), Counter[str]()
    yield found
    found.update(_invoked - before)


@contextmanager
def permissions_used() -> Iterator[dict[str, set[tuple[str, str]]]]:
    """Per function the permissions its calls needed, as (IAM action, resource's name).

    A call of an operation that is not in the package fails there, and here as well.
    """
    used: dict[str, set[tuple[str, str]]] = {}

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        if _running:
            assert model.name in OPERATIONS[model.service_model.service_name], (
                f"add {model.name} to OPERATIONS in infra/trimming.py"
            )
            found = _permissions(model.service_model.service_name, model.name, params)
            used.setdefault(_running[-1], set()).update(found)

    with listening("before-parameter-build", note):
        yield used


def _permissions(service: str, operation: str, params: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if service == "dynamodb":
        if operation == "TransactWriteItems":
            # A transaction needs the permissions of all its parts.
            for item in params["TransactItems"]:
                for part, values in item.items():
                    yield f"dynamodb:{part}Item", values["TableName"]
        elif operation.startswith("Batch"):
            for table in params["RequestItems"]:
                yield f"dynamodb:{operation}", table
        else:
            index = f"/index/{params['IndexName']}" if "IndexName" in params else ""
            yield f"dynamodb:{operation}", params["TableName"] + index
    elif service == "sqs":
        # The batch forms of SQS actions need the permission of the single ones.
        yield f"sqs:{operation.removesuffix('Batch')}", params["QueueUrl"].rpartition("/")[2]
    elif service == "s3":
        yield from _of_s3(operation, params)
    elif service == "lambda":
        is_call = operation == "Invoke"
        yield (
            ("lambda:InvokeFunction", f"function:{params['FunctionName']}")
            if is_call
            else (f"lambda:{operation}", "*")
        )
    elif service == "cloudwatch":
        yield f"{service}:{operation}", "*"
    else:
        yield f"{service}:{operation}", params["Name"]


def _of_s3(operation: str, params: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "Key" not in params:
        return  # a form is being signed, without a request
    # `uploads/tenant/import` is one of `uploads/*`, which a policy can name; proofs begin with their tenant.
    folder = "" if "-proof-" in params["Bucket"] else f"{params['Key'].partition('/')[0]}/"
    yield f"s3:{operation}", f"{params['Bucket']}/{folder}*"
    if operation == "GetObject" and not folder:
        # Without it S3 answers "forbidden" for missing objects.
        yield "s3:ListBucket", params["Bucket"]


@contextmanager
def just_before(operation: str, happens: Callable[[], object]) -> Iterator[None]:
    """Calls a function once between the reads and the first write of this kind to DynamoDB."""
    left = [happens]

    def race(**_: Any) -> None:
        if left:
            left.pop()()

    with listening(f"before-call.dynamodb.{operation}", race):
        yield
    assert not left, f"nobody called {operation}"


@contextmanager
def before_call(number: int, happens: Callable[[], object]) -> Iterator[None]:
    """Calls a function before the n-th call to DynamoDB, counted from 0; never if there are fewer."""
    left = [*[None] * number, happens]

    def count(**_: Any) -> None:
        if left and (due := left.pop(0)):
            due()

    with listening("before-call.dynamodb", count):
        yield


@contextmanager
def listening(event: str, listener: Any) -> Iterator[None]:
    clients = all_clients()
    for client in clients:
        client.meta.events.register(event, listener)
    try:
        yield
    finally:
        for client in clients:
            client.meta.events.unregister(event, listener)


def all_clients() -> list[Any]:
    """The clients of AWS that functions use."""
    return [*(aws.client(service) for service in SERVICES), optimizer.client()]
