"""Records the calls to AWS of this process with their answers, as botocore's callers see both."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, Final

from botocore.response import StreamingBody
from msgspec import Struct

from tests.calls import all_clients

# What stores the state of a flow.
SERVICES: Final = ("dynamodb", "s3", "sqs")
# Its receipts are those of Lambda's poller, which makes no calls in process.
_LEFT_OUT: Final = ("ChangeMessageVisibilityBatch",)
_PARAMS: Final = "params_of_this_call"


class Call(Struct, frozen=True):
    """A call that was answered. params: as the caller gave them. answer: parsed; of a refusal, its error."""

    service: str
    operation: str
    params: dict[str, Any]
    answer: dict[str, Any]


@contextmanager
def recording() -> Iterator[list[Call]]:
    """The calls inside, in the order in which they were answered."""
    calls: list[Call] = []

    def begin(params: Any, context: Any, **_: Any) -> None:
        context[_PARAMS] = deepcopy(params)

    def end(model: Any, parsed: Any, context: Any, **_: Any) -> None:
        service = model.service_model.service_name
        if service not in SERVICES or model.name in _LEFT_OUT or _PARAMS not in context:
            return
        if isinstance(parsed.get("Body"), StreamingBody):
            body = parsed["Body"].read()
            parsed["Body"] = StreamingBody(io.BytesIO(body), len(body))
            calls.append(Call(service, model.name, context[_PARAMS], {"Body": body}))
        else:
            calls.append(Call(service, model.name, context[_PARAMS], deepcopy(parsed)))

    clients = all_clients()
    for client in clients:
        client.meta.events.register_first("before-parameter-build", begin)
        client.meta.events.register_first("after-call", end)
    try:
        yield calls
    finally:
        for client in clients:
            client.meta.events.unregister("before-parameter-build", begin)
            client.meta.events.unregister("after-call", end)
