"""The front door's WebSocket API: API Gateway's statuses, limits and sequence of calls."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError, web
from aiohttp.test_utils import TestClient

from infra.local.websocket_connection import Limits
from tests.infra.gateway import SIGNED, FakeFunctions, failing, front_door

Client = TestClient[Any, Any]
SMALL = Limits(frame=64, message=256)
_HANDSHAKE = (
    b"GET /api HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


async def id_of_newest(functions: FakeFunctions, count: int = 1) -> str:
    events = await functions.events_of("WebsocketConnect", count)
    connection_id: str = events[-1]["requestContext"]["connectionId"]
    return connection_id


async def post(client: Client, connection_id: str, text: str = "hello", **headers: str) -> int:
    async with client.post(f"/api/@connections/{connection_id}", data=text, headers=headers or SIGNED) as response:
        return response.status


@pytest.mark.parametrize("status", [401, 403, 429])
def test_the_refusal_of_connect_keeps_its_status(status: int) -> None:
    async def scenario() -> None:
        functions = FakeFunctions(WebsocketConnect=lambda _: {"statusCode": status})
        async with front_door(functions) as client:
            with pytest.raises(WSServerHandshakeError) as refused:
                await client.ws_connect("/api?token=bad")
        assert refused.value.status == status
        assert not functions.events["WebsocketDisconnect"]

    asyncio.run(scenario())


@pytest.mark.parametrize("broken", [failing, lambda _: None, lambda _: {"statusCode": "?"}])
def test_a_connect_that_fails_is_502(broken: Any) -> None:
    async def scenario() -> None:
        async with front_door(FakeFunctions(WebsocketConnect=broken)) as client:
            with pytest.raises(WSServerHandshakeError) as refused:
                await client.ws_connect("/api")
        assert refused.value.status == 502

    asyncio.run(scenario())


def test_connect_gets_the_query_and_the_headers() -> None:
    async def scenario() -> None:
        functions = FakeFunctions()
        async with front_door(functions) as client:
            await client.ws_connect("/api?token=t1&format=flat", headers={"Origin": "https://example.org"})
            await client.ws_connect("/api")
        first, second = functions.events["WebsocketConnect"]
        assert first["queryStringParameters"] == {"token": "t1", "format": "flat"}
        assert first["headers"]["Origin"] == "https://example.org"
        assert first["requestContext"]["eventType"] == "CONNECT"
        assert "queryStringParameters" not in second  # as on API Gateway

    asyncio.run(scenario())


def test_a_message_reaches_the_function_and_a_post_reaches_the_client() -> None:
    async def scenario() -> None:
        functions = FakeFunctions()
        async with front_door(functions) as client:
            socket = await client.ws_connect("/api")
            connection_id = await id_of_newest(functions)
            await socket.send_str('{"type": "ping"}')
            event = (await functions.events_of("WebsocketMessage"))[0]
            assert event["body"] == '{"type": "ping"}'
            assert event["requestContext"]["connectionId"] == connection_id
            assert await post(client, connection_id, "瓦斯") == 200
            assert await socket.receive_str() == "瓦斯"

    asyncio.run(scenario())


def test_messages_of_one_connection_run_at_the_same_time() -> None:
    async def scenario() -> None:
        both = asyncio.Barrier(2)

        async def wait_for_the_other() -> None:
            async with asyncio.timeout(5):
                await both.wait()

        functions = FakeFunctions(WebsocketMessage=lambda _: wait_for_the_other())
        async with front_door(functions) as client:
            socket = await client.ws_connect("/api")
            await socket.send_str("one")
            await socket.send_str("two")
            await functions.events_of("WebsocketMessage", 2)

    asyncio.run(scenario())


def test_a_message_whose_function_fails_is_answered_by_the_gateway() -> None:
    async def scenario() -> None:
        async with front_door(FakeFunctions(WebsocketMessage=failing)) as client:
            socket = await client.ws_connect("/api")
            await socket.send_str("?")
            assert (await socket.receive_json())["message"] == "Internal server error"

    asyncio.run(scenario())


def test_a_connection_is_gone_until_connect_has_returned() -> None:
    async def scenario() -> None:
        statuses: list[int] = []

        async def connect(client: Client, event: dict[str, Any]) -> dict[str, int]:
            statuses.append(await post(client, event["requestContext"]["connectionId"]))
            return {"statusCode": 200}

        functions = FakeFunctions(WebsocketConnect=lambda event: connect(client, event))
        async with front_door(functions) as client:
            await client.ws_connect("/api")
            statuses.append(await post(client, await id_of_newest(functions)))
        assert statuses == [410, 200]

    asyncio.run(scenario())


def test_a_client_that_leaves_during_connect_is_disconnected() -> None:
    async def scenario() -> None:
        left = asyncio.Event()

        async def connect(_: dict[str, Any]) -> dict[str, int]:
            await left.wait()
            return {"statusCode": 200}

        functions = FakeFunctions(WebsocketConnect=connect)
        async with front_door(functions) as client:
            _, writer = await asyncio.open_connection(client.host, client.port)
            writer.write(_HANDSHAKE)
            connection_id = await id_of_newest(functions)
            writer.transport.abort()
            runner = client.server.runner
            assert isinstance(runner, web.AppRunner)
            assert runner.server is not None
            while any(each.transport for each in runner.server.connections):
                await asyncio.sleep(0)
            left.set()
            event = (await functions.events_of("WebsocketDisconnect"))[0]
            assert event["requestContext"]["connectionId"] == connection_id
            assert await post(client, connection_id) == 410

    asyncio.run(scenario())


def test_a_message_that_is_too_large_closes_with_1009() -> None:
    async def scenario() -> None:
        functions = FakeFunctions()
        async with front_door(functions, Limits(frame=1000, message=256)) as client:
            socket = await client.ws_connect("/api")
            await socket.send_str("x" * 257)
            assert (await socket.receive()).type == WSMsgType.CLOSE
            assert socket.close_code == 1009
            disconnected = (await functions.events_of("WebsocketDisconnect"))[0]
        assert disconnected["requestContext"]["disconnectStatusCode"] == 1009
        assert not functions.events["WebsocketMessage"]

    asyncio.run(scenario())


def test_a_frame_that_is_too_large_closes_with_1009_though_the_message_would_fit() -> None:
    async def scenario() -> None:
        functions = FakeFunctions()
        async with front_door(functions, SMALL) as client:
            socket = await client.ws_connect("/api")
            await socket.send_str("x" * 64)
            await functions.events_of("WebsocketMessage")
            await socket.send_str("x" * 65)
            assert (await socket.receive()).type == WSMsgType.CLOSE
            assert socket.close_code == 1009

    asyncio.run(scenario())


def test_a_connection_without_traffic_is_closed_with_1001() -> None:
    async def scenario() -> None:
        functions = FakeFunctions()
        async with front_door(functions, Limits(idle=0.02)) as client:
            socket = await client.ws_connect("/api")
            await socket.receive(timeout=5)
            assert socket.close_code == 1001
            await functions.events_of("WebsocketDisconnect")

    asyncio.run(scenario())


def test_a_connection_ends_after_its_life_however_busy() -> None:
    async def scenario() -> None:
        async with front_door(FakeFunctions(), Limits(idle=60, life=0.05)) as client:
            socket = await client.ws_connect("/api")
            await socket.send_str("busy")
            await socket.receive(timeout=5)
            assert socket.close_code == 1001

    asyncio.run(scenario())


def test_disconnect_runs_once_and_the_connection_is_gone_afterwards() -> None:
    async def scenario() -> None:
        functions = FakeFunctions()
        async with front_door(functions) as client:
            socket = await client.ws_connect("/api")
            connection_id = await id_of_newest(functions)
            await socket.close()
            event = (await functions.events_of("WebsocketDisconnect"))[0]
            assert event["requestContext"]["connectionId"] == connection_id
            assert await post(client, connection_id) == 410
            async with client.get(f"/api/@connections/{connection_id}", headers=SIGNED) as response:
                assert response.status == 410
        assert len(functions.events["WebsocketDisconnect"]) == 1

    asyncio.run(scenario())


def test_delete_closes_the_client_and_runs_disconnect() -> None:
    async def scenario() -> None:
        functions = FakeFunctions()
        async with front_door(functions) as client:
            socket = await client.ws_connect("/api")
            url = f"/api/@connections/{await id_of_newest(functions)}"
            async with client.delete(url, headers=SIGNED) as response:
                assert response.status == 204
            async with client.delete(url, headers=SIGNED) as response:
                assert response.status == 410
                assert response.headers["x-amzn-ErrorType"] == "GoneException"
            await socket.receive(timeout=5)
            assert socket.close_code == 1000
            await functions.events_of("WebsocketDisconnect")

    asyncio.run(scenario())


def test_get_shows_since_when_a_connection_is_open() -> None:
    async def scenario() -> None:
        functions = FakeFunctions()
        async with front_door(functions) as client:
            await client.ws_connect("/api")
            url = f"/api/@connections/{await id_of_newest(functions)}"
            async with client.get(url, headers=SIGNED) as response:
                shown = await response.json()
        assert set(shown) == {"connectedAt", "lastActiveAt", "identity"}
        assert shown["connectedAt"].endswith("Z")

    asyncio.run(scenario())


def test_a_message_to_the_client_counts_as_activity() -> None:
    async def scenario() -> None:
        functions = FakeFunctions()
        async with front_door(functions) as client:
            socket = await client.ws_connect("/api")
            connection_id = await id_of_newest(functions)

            async def last_active() -> datetime:
                url = f"/api/@connections/{connection_id}"
                async with client.get(url, headers=SIGNED) as response:
                    return datetime.fromisoformat((await response.json())["lastActiveAt"])

            posted_at = await last_active()
            while await last_active() <= posted_at:
                assert await post(client, connection_id) == 200
                await socket.receive_str()

    asyncio.run(scenario())


def test_a_post_without_a_signature_is_403() -> None:
    async def scenario() -> None:
        functions = FakeFunctions()
        async with front_door(functions) as client:
            await client.ws_connect("/api")
            assert await post(client, await id_of_newest(functions), Authorization="Bearer x") == 403

    asyncio.run(scenario())


def test_a_post_over_the_message_limit_is_413() -> None:
    async def scenario() -> None:
        functions = FakeFunctions()
        async with front_door(functions, SMALL) as client:
            await client.ws_connect("/api")
            assert await post(client, await id_of_newest(functions), "x" * 257) == 413

    asyncio.run(scenario())


def test_a_client_that_does_not_read_gets_its_senders_429() -> None:
    async def scenario() -> None:
        functions = FakeFunctions()
        async with front_door(functions) as client:
            # A client that upgrades and then never reads from its socket again.
            reader, writer = await asyncio.open_connection(client.host, client.port, limit=1024)
            writer.write(_HANDSHAKE)
            await reader.readuntil(b"\r\n\r\n")
            connection_id = await id_of_newest(functions)
            statuses = {await post(client, connection_id, "x" * 128_000) for _ in range(150)}
            assert statuses == {200, 429}
            writer.close()

    asyncio.run(scenario())


KEY = "AAAAAAAAAAAAAAAAAAAAAA=="


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"Sec-WebSocket-Key": None}, 400),
        ({"Sec-WebSocket-Key": ""}, 400),
        ({"Sec-WebSocket-Key": "AAAA"}, 400),
        ({"Sec-WebSocket-Key": "not base64!"}, 400),
        ({"Sec-WebSocket-Key": "瓦" * 8}, 400),
        ({"Sec-WebSocket-Key": f"{KEY}, {KEY}"}, 400),
        ({"Connection": "keep-alive"}, 400),
        ({"Sec-WebSocket-Version": None}, 426),
        ({"Sec-WebSocket-Version": "8"}, 426),
        ({"Sec-WebSocket-Version": "thirteen"}, 426),
    ],
)
def test_a_bad_handshake_is_refused_before_connect_runs(
    changed: dict[str, str | None], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        functions = FakeFunctions()
        headers: dict[str, str | None] = {"Upgrade": "websocket", "Connection": "Upgrade"}
        headers |= {"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": KEY} | changed
        async with front_door(functions) as client:
            answer = await raw_answer(client, "GET", headers)
        assert answer.startswith(f"HTTP/1.1 {status} ")
        assert ("Sec-WebSocket-Version: 13" in answer) == (status == 426)
        assert not functions.events

    asyncio.run(scenario())
    assert caplog.records == []


def test_an_upgrade_by_another_method_is_refused_before_connect_runs() -> None:
    async def scenario() -> None:
        functions = FakeFunctions()
        headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
        async with front_door(functions) as client:
            answer = await raw_answer(client, "POST", {**headers, "Sec-WebSocket-Key": KEY, "Content-Length": "0"})
        assert answer.startswith("HTTP/1.1 400 ")
        assert not functions.events

    asyncio.run(scenario())


async def raw_answer(client: Client, method: str, headers: Mapping[str, str | None]) -> str:
    """The head of the answer to a request with exactly these headers, of which None are left out."""
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write("\r\n".join([f"{method} /api HTTP/1.1", "Host: localhost", *lines, "", ""]).encode())
    head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return head.decode()
