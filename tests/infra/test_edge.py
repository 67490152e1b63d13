"""The routing table, by the cases that every implementation of it passes: edge_cases.json."""

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import WSServerHandshakeError
from yarl import URL

from infra.edge import ROWS, Forward, Redirect, find_row, route
from tests.infra.gateway import FakeBucket, FakeFunctions, front_door

# request: path and query; upgrade: whether it is a WebSocket's handshake. Then either `origin` and `forwarded`,
# the path and query that the origin gets; or the `status` of the edge's own answer, and the `location` of a 302.
CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "edge_cases.json").read_text())


def named(case: dict[str, Any]) -> str:
    return f"{'upgrade ' if case['upgrade'] else ''}{case['request']}"


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_request_goes_where_the_cases_say(case: dict[str, Any]) -> None:
    path, _, query = case["request"].partition("?")
    found = route(path, query, upgrade=case["upgrade"])
    if "origin" in case:
        assert isinstance(found, Forward)
        request = f"{found.path}?{found.query}" if found.query else found.path
        assert (found.origin, request) == (case["origin"], case["forwarded"])
    elif "location" in case:
        assert found == Redirect(case["location"])
    else:
        assert found is None


def test_every_row_is_reached_by_a_case() -> None:
    reached = {found[0].path for case in CASES if (found := find_row(case["request"].partition("?")[0]))}
    assert reached == {row.path for row in ROWS}


def test_rows_are_plain_data_that_a_distribution_can_be_generated_from() -> None:
    for row in ROWS:
        parameters = {part for part in row.path.split("/") if part.startswith("{")}
        assert {value for value in row.query.values() if value.startswith("{")} == parameters
        assert json.loads(json.dumps(row._asdict())) == row._asdict()


@pytest.mark.parametrize("case", CASES, ids=named)
def test_the_front_door_dispatches_by_the_table(case: dict[str, Any]) -> None:
    bucket = FakeBucket()

    async def scenario() -> None:
        functions = FakeFunctions(APIHandler=lambda _: {"statusCode": 200, "body": "{}"})
        rest = {URL(each["forwarded"], encoded=True).path for each in CASES if is_for_function(each)}
        paths = {path.removeprefix("/api").rstrip("/"): ["get"] for path in rest}
        async with front_door(functions, paths=paths, bucket=bucket) as client:
            target = URL(case["request"], encoded=True)
            status, location = await request(client, target, upgrade=case["upgrade"])
            assert status == expected_status(case)
            assert location == case.get("location")
        if "origin" in case and (case["upgrade"] or is_for_function(case)):
            forwarded = URL(case["forwarded"], encoded=True)
            event = functions.events["WebsocketConnect" if case["upgrade"] else "APIHandler"][0]
            query = {name: forwarded.query.getall(name)[-1] for name in forwarded.query}
            assert (event.get("queryStringParameters") or {}) == query
            if not case["upgrade"]:
                assert event["path"] == forwarded.raw_path.removeprefix("/api")
        else:
            assert not functions.events
        keys = [URL(case["forwarded"]).path[1:]] if case.get("origin") == "static" else []
        assert bucket.keys == keys

    asyncio.run(scenario())


def is_for_function(case: dict[str, Any]) -> bool:
    return case.get("origin") == "rest"


@pytest.mark.parametrize(
    ("path", "sent", "expected"),
    [
        (
            "/api/page",
            {},
            {
                "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
                "Content-Security-Policy": "frame-ancestors 'none'",
                "Service-Worker-Allowed": None,
            },
        ),
        (
            "/api/page",
            {"Content-Security-Policy": "default-src 'self'", "Referrer-Policy": "same-origin"},
            {"Content-Security-Policy": "default-src 'self'", "Referrer-Policy": "same-origin"},
        ),
        (
            "/api/static/latest/realtime/realtime.js",
            {},
            {
                "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
                "Access-Control-Allow-Origin": "*",
                "Service-Worker-Allowed": "/api/console",
            },
        ),
        ("/", {}, {"X-Content-Type-Options": "nosniff", "Location": "/api/console"}),
        ("/nowhere", {}, {"X-Content-Type-Options": "nosniff"}),
    ],
)
def test_the_front_door_adds_the_headers_of_the_edge(
    path: str, sent: dict[str, str], expected: dict[str, str | None]
) -> None:
    async def scenario() -> None:
        answer = {"statusCode": 200, "headers": sent, "body": "{}"}
        functions = FakeFunctions(APIHandler=lambda _: answer)
        paths = {"/page": ["get"]}
        async with (
            front_door(functions, paths=paths) as client,
            client.get(path, allow_redirects=False) as response,
        ):
            assert {name: response.headers.get(name) for name in expected} == expected

    asyncio.run(scenario())


def test_the_answer_to_a_handshake_has_the_headers_of_the_edge() -> None:
    async def scenario() -> None:
        handshake = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(bytes(16)).decode(),
        }
        async with front_door(FakeFunctions()) as client, client.get("/ws", headers=handshake) as response:
            assert response.status == 101
            assert response.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"

    asyncio.run(scenario())


async def request(client: Any, target: URL, *, upgrade: bool) -> tuple[int, str | None]:
    """The status and the `Location` of a request."""
    if upgrade:
        try:
            await (await client.ws_connect(target)).close()
        except WSServerHandshakeError as refused:
            return refused.status, None
        return 101, None
    async with client.get(target, allow_redirects=False) as response:
        return response.status, response.headers.get("Location")


def expected_status(case: dict[str, Any]) -> int:
    if "status" in case:
        return int(case["status"])
    if case["upgrade"]:
        return 101
    # The bucket is empty.
    return {"websocket": 426, "static": 404, "rest": 200}[case["origin"]]
