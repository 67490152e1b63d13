"""The local SMS gateway: the `http` provider's contract, and misbehaving on demand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from infra.local.sms_gateway import SmsGateway

KEY = "a-key-of-this-test"
SMS = {"phone": "+886912345678", "message": "您的瓦斯即將送達！", "sender": "LuckyGas"}
Client = TestClient[Any, Any]


@asynccontextmanager
async def gateway() -> AsyncIterator[Client]:
    async with TestClient(TestServer(SmsGateway(KEY).application())) as client:
        yield client


async def send(client: Client, *, key: str = KEY, idempotency_key: str = "n1", body: Any = SMS) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": idempotency_key}
    async with client.post("/", json=body, headers=headers) as response:
        return response.status, await response.json(content_type=None) if response.status < 300 else None


async def inbox(client: Client) -> list[dict[str, str]]:
    async with client.get("/", headers={"Accept": "application/json"}) as response:
        messages: list[dict[str, str]] = await response.json()
        return messages


async def behave(client: Client, **wish: Any) -> int:
    async with client.post("/behave", json=wish) as response:
        return response.status


def test_a_message_is_accepted_and_listed_newest_first() -> None:
    async def scenario() -> None:
        async with gateway() as client:
            status, answer = await send(client)
            assert (status, set(answer)) == (200, {"message_id"})
            await send(client, idempotency_key="n2", body={**SMS, "message": "second"})
            newest, oldest = await inbox(client)
            assert newest["message"] == "second"
            assert {key: oldest[key] for key in SMS} == SMS
            assert oldest["at"].endswith("Z")

    asyncio.run(scenario())


def test_the_same_idempotency_key_sends_nothing_again() -> None:
    async def scenario() -> None:
        async with gateway() as client:
            first, again = await send(client), await send(client)
            assert first == again
            assert len(await inbox(client)) == 1

    asyncio.run(scenario())


def test_a_wrong_key_is_401_and_nothing_is_sent() -> None:
    async def scenario() -> None:
        async with gateway() as client:
            assert (await send(client, key="wrong"))[0] == 401
            async with client.post("/", json=SMS) as response:
                assert response.status == 401
            assert await inbox(client) == []

    asyncio.run(scenario())


def test_a_body_that_is_not_a_message_is_refused() -> None:
    async def scenario() -> None:
        async with gateway() as client:
            assert (await send(client, body=["?"]))[0] == 400
            assert (await send(client, body={**SMS, "phone": ""}))[0] == 422
            assert (await send(client, body={"phone": "1"}))[0] == 422
            headers = {"Authorization": f"Bearer {KEY}"}
            async with client.post("/", data=b"\xff{", headers=headers) as response:
                assert response.status == 400
            async with client.post("/", json=SMS, headers=headers) as response:
                assert response.status == 400  # without an Idempotency-Key
            assert await inbox(client) == []

    asyncio.run(scenario())


def test_it_says_that_it_is_healthy() -> None:
    async def scenario() -> None:
        async with gateway() as client, client.get("/health") as response:
            assert await response.json() == {"status": "ok"}

    asyncio.run(scenario())


def test_the_page_shows_what_a_message_contains_and_runs_none_of_it() -> None:
    async def scenario() -> None:
        async with gateway() as client:
            await send(client, body={**SMS, "message": "<script>alert(1)</script> & 瓦斯"})
            async with client.get("/", headers={"Accept": "text/html"}) as response:
                page = await response.text()
                assert response.headers["Content-Type"].startswith("text/html")
                assert "default-src 'none'" in response.headers["Content-Security-Policy"]
            assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; 瓦斯" in page
            assert "<script>" not in page

    asyncio.run(scenario())


def test_told_to_fail_it_sends_nothing_for_so_many_messages() -> None:
    async def scenario() -> None:
        async with gateway() as client:
            assert await behave(client, mode="fail", status=503, count=2) == 200
            assert [(await send(client))[0] for _ in range(3)] == [503, 503, 200]
            assert len(await inbox(client)) == 1

    asyncio.run(scenario())


def test_told_to_refuse_it_answers_400_from_now_on() -> None:
    async def scenario() -> None:
        async with gateway() as client:
            await behave(client, mode="refuse")
            assert [(await send(client))[0] for _ in range(2)] == [400, 400]
            await behave(client, mode="ok")
            assert (await send(client))[0] == 200

    asyncio.run(scenario())


def test_told_to_repeat_it_sends_but_loses_the_answer() -> None:
    async def scenario() -> None:
        async with gateway() as client:
            await behave(client, mode="repeat", count=1)
            assert [(await send(client))[0] for _ in range(2)] == [504, 200]
            assert len(await inbox(client)) == 1

    asyncio.run(scenario())


def test_told_to_stall_it_sends_at_once_and_answers_later() -> None:
    async def scenario() -> None:
        async with gateway() as client:
            await behave(client, mode="stall", seconds=60, count=1)
            waiting = asyncio.create_task(send(client))
            async with asyncio.timeout(5):
                while not await inbox(client):
                    pass
            assert not waiting.done()
            waiting.cancel()

    asyncio.run(scenario())


def test_told_to_answer_garbage_it_answers_no_json() -> None:
    async def scenario() -> None:
        async with gateway() as client:
            await behave(client, mode="garbage", count=1)
            headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": "n1"}
            async with client.post("/", json=SMS, headers=headers) as response:
                assert response.status == 200
                assert response.content_type == "text/html"

    asyncio.run(scenario())


def test_a_wish_it_does_not_know_is_refused() -> None:
    async def scenario() -> None:
        async with gateway() as client:
            assert await behave(client, mode="explode") == 422
            assert await behave(client, mode="fail", status="many") == 422

    asyncio.run(scenario())
