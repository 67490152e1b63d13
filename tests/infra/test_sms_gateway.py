"""The local SMS gateway: the `http` provider's contract, and its failure modes."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
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


def test_it_reports_its_health() -> None:
    async def scenario() -> None:
        async with gateway() as client, client.get("/health") as response:
            assert await response.json() == {"status": "ok"}

    asyncio.run(scenario())


def test_the_page_shows_a_messages_content_without_running_it() -> None:
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


def test_in_mode_fail_it_sends_nothing_for_so_many_messages() -> None:
    async def scenario() -> None:
        async with gateway() as client:
            assert await behave(client, mode="fail", status=503, count=2) == 200
            assert [(await send(client))[0] for _ in range(3)] == [503, 503, 200]
            assert len(await inbox(client)) == 1

    asyncio.run(scenario())


def test_in_mode_refuse_it_always_answers_400() -> None:
    async def scenario() -> None:
        async with gateway() as client:
            await behave(client, mode="refuse")
            assert [(await send(client))[0] for _ in range(2)] == [400, 400]
            await behave(client, mode="ok")
            assert (await send(client))[0] == 200

    asyncio.run(scenario())


def test_in_mode_repeat_it_sends_but_loses_the_answer() -> None:
    async def scenario() -> None:
        async with gateway() as client:
            await behave(client, mode="repeat", count=1)
            assert [(await send(client))[0] for _ in range(2)] == [504, 200]
            assert len(await inbox(client)) == 1

    asyncio.run(scenario())


def test_in_mode_stall_it_sends_at_once_and_answers_later() -> None:
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


def test_in_mode_garbage_it_answers_no_json() -> None:
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


def form(**fields: str) -> dict[str, str]:
    account = {"username": "u", "password": KEY}
    return {**account, "dstaddr": "0912345678", "smbody": "一\x06二", "clientid": "c1", **fields}


async def mitake(client: Client, **fields: str) -> tuple[int, str]:
    async with client.post("/mitake/SmSend?CharsetURL=UTF-8", data=form(**fields)) as response:
        return response.status, await response.text()


def test_mitakes_language_is_understood_and_a_repeat_is_known() -> None:
    async def scenario() -> None:
        async with gateway() as client:
            status, first = await mitake(client)
            assert (status, "statuscode=1" in first, "Duplicate" in first) == (200, True, False)
            _, again = await mitake(client)
            assert "Duplicate=Y" in again
            [message] = await inbox(client)
            assert (message["phone"], message["message"]) == ("0912345678", "一\n二")
            assert "statuscode=e" in (await mitake(client, password="wrong"))[1]
            assert "statuscode=y" in (await mitake(client, smbody=""))[1]
            async with client.post("/mitake/SmQuery", data=form()) as response:
                assert "AccountPoint=100" in await response.text()

    asyncio.run(scenario())


def test_mitake_follows_the_gateways_modes() -> None:
    async def scenario() -> None:
        async with gateway() as client:
            for mode, status, text in (
                ("refuse", 200, "statuscode=v"),
                ("fail", 500, ""),
                ("garbage", 200, "<html>"),
            ):
                await behave(client, mode=mode, count=1)
                answer = await mitake(client, clientid=mode)
                assert answer[0] == status
                assert text in answer[1]
            await behave(client, mode="repeat", count=1)
            assert (await mitake(client, clientid="lost"))[0] == 504
            assert "Duplicate=Y" in (await mitake(client, clientid="lost"))[1]
            assert len(await inbox(client)) == 2

    asyncio.run(scenario())


def test_a_receipt_is_sent_until_it_is_acknowledged() -> None:
    received: list[dict[str, str]] = []
    done = asyncio.Event()

    async def receipt(request: web.Request) -> web.Response:
        received.append(dict(request.query))
        if len(received) < 2:
            return web.Response(status=500)
        done.set()
        return web.Response(text=f"magicid=sms_gateway_rpack\nmsgid={request.query['msgid']}\n")

    async def scenario() -> None:
        listener = web.Application()
        listener.router.add_get("/r/c1", receipt)
        async with TestServer(listener) as server, gateway() as client:
            await behave(client, mode="ok", receipt="failed")
            await mitake(client, response=str(server.make_url("/r/c1")))
            await asyncio.wait_for(done.wait(), 20)

    asyncio.run(scenario())
    assert received[0] == received[1]
    assert (received[0]["StatusFlag"], received[0]["dstaddr"]) == ("6", "0912345678")


def test_a_mode_may_apply_to_a_part_of_the_messages_only() -> None:
    async def scenario() -> None:
        chance = random.Random(7)
        async with TestClient(TestServer(SmsGateway(KEY, chance).application())) as client:
            await behave(client, mode="fail", share=0.2)
            statuses = [(await send(client, idempotency_key=str(n)))[0] for n in range(100)]
            assert 10 <= statuses.count(500) <= 30
            assert await behave(client, mode="fail", share="much") == 422
            assert await behave(client, mode="ok", receipt="lost") == 422

    asyncio.run(scenario())


def test_an_outage_shows_in_the_health_answer() -> None:
    async def scenario() -> None:
        async with gateway() as client:

            async def health(key: str | None = KEY) -> int:
                headers = {} if key is None else {"Authorization": f"Bearer {key}"}
                async with client.get("/health", headers=headers) as response:
                    return response.status

            async def points() -> int:
                async with client.post("/mitake/SmQuery", data={"username": "x", "password": KEY}) as response:
                    return response.status

            assert [await health(), await health(None), await health("another")] == [200, 200, 401]
            assert await points() == 200
            await behave(client, mode="fail", status=503)
            assert [await health(), await points()] == [503, 503]
            # So many messages are refused, which is no outage. Queries do not count.
            await behave(client, mode="fail", count=1)
            assert [await health(), (await send(client))[0], (await send(client))[0]] == [200, 500, 200]
            await behave(client, mode="stall", seconds=0)
            assert [await health(), await points()] == [200, 200]

    asyncio.run(scenario())
