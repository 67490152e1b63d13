"""Notices that staff published: REST answered with the id that the event has."""

from collections.abc import Iterator

from tests.proof.black_box.auditor.clients import Client
from tests.proof.black_box.auditor.entitled import NOTICE, TYPES
from tests.proof.black_box.auditor.evidence import Evidence, Finding, Line

PUBLISH, SEND = "/v1/realtime/publish", "/send"


def notices_arrive(evidence: Evidence, clients: list[Client]) -> Iterator[Finding]:
    """An acknowledged notice is once at each client that watches its channel and may receive it."""
    requests = {line.fields["request"]: line for line in evidence.rest if line.kind == "request"}
    for line in evidence.rest:
        path = line.fields.get("path", "")
        if line.kind != "answer" or line.fields["status"] >= 300 or not (path == PUBLISH or path.endswith(SEND)):
            continue
        channel = _channel(requests[line.fields["request"]])
        for client in clients:
            followed = client.channels.get(channel)
            # A client that loaded a list does not see the notices before it.
            if followed is None or client.reloads or not _may_receive(client, line):
                continue
            count = sum(event.id == line.fields["body"]["id"] for event in followed.got.values())
            if count != 1:
                text = f"{client.name} has the notice in {channel} {count} times"
                yield Finding("notices arrive", line, text)


def _may_receive(client: Client, line: Line) -> bool:
    return client.tenant == line.fields["tenant"] and NOTICE in TYPES[client.role]


def _channel(request: Line) -> str:
    body, path = request.fields["body"], request.fields["path"]
    return str(body["channel"]) if path == PUBLISH else f"user:{path.split('/')[4]}"
