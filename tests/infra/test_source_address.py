"""The front door gives the functions the client's address as the distribution does."""

import asyncio

from chalicelib.auth.source import source_address
from tests.infra.gateway import FakeFunctions, front_door

FORGED = {"True-Client-IP": "1.1.1.1", "X-Origin-Key": "a guess", "X-Forwarded-For": "1.1.1.1"}


def test_both_apis_see_the_peers_address_whatever_headers_a_client_sends() -> None:
    async def scenario() -> None:
        functions = FakeFunctions()
        async with front_door(functions) as client:
            await client.get("/api/v1/health", headers=FORGED)
            await client.ws_connect("/api", headers=FORGED)
        [request] = functions.events["APIHandler"]
        [connect] = functions.events["WebsocketConnect"]
        for event in (request, connect):
            # As behind CloudFront: the peer is the edge, and only the header has the client's address.
            context = {"identity": {"sourceIp": "130.176.100.154"}}
            assert source_address(context, event["headers"]) == "127.0.0.1"

    asyncio.run(scenario())
