"""The front door's REST API behaves like API Gateway for clients and functions."""

import asyncio
import base64
import gzip
import io
import random
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from infra.local.rest_api import MAX_BODY, MAX_EVENT
from tests.infra.gateway import FakeFunctions, failing, front_door


def echo(_: Any) -> dict[str, Any]:
    return {"statusCode": 201, "headers": {"Location": "/here", "Content-Type": "text/plain"}, "body": "made"}


def test_an_unknown_path_is_a_problem_document_with_status_404() -> None:
    async def scenario() -> None:
        async with front_door(FakeFunctions()) as client, client.get("/api/v1/nowhere") as response:
            assert response.status == 404
            assert response.headers["Content-Type"] == "application/problem+json"
            assert response.headers["Access-Control-Allow-Origin"] == "*"
            problem = await response.json(content_type=None)
            assert (problem["status"], problem["code"]) == (404, "not_found")
            assert set(problem) == {"type", "title", "status", "detail", "code"}

    asyncio.run(scenario())


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "DELETE", "GET"])
def test_a_known_path_with_another_method_is_405_with_the_allowed_ones(method: str) -> None:
    async def scenario() -> None:
        functions = FakeFunctions()
        async with (
            front_door(functions, paths={"/v1/orders": ["post"]}) as client,
            client.request(method, "/api/v1/orders") as response,
        ):
            assert response.status == 405
            assert response.headers["Allow"] == "POST, OPTIONS"
            assert response.headers["Access-Control-Allow-Origin"] == "*"
            if method == "HEAD":
                assert await response.read() == b""
                return
            assert response.headers["Content-Type"] == "application/problem+json"
            problem = await response.json(content_type=None)
            assert (problem["status"], problem["code"]) == (405, "method_not_allowed")
            assert set(problem) == {"type", "title", "status", "detail", "code"}
        assert not functions.events

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json; charset=utf-8", 405),
        ("application/x-www-form-urlencoded", 405),
        ("multipart/form-data; boundary=b", 405),
        ("application/octet-stream", 405),
        ("text/plain", 405),
        # API Gateway has a template for each media type, and none for all.
        ("application/vnd.api+json", 415),
    ],
)
def test_a_body_with_another_method_is_refused_whatever_it_is(content_type: str, status: int) -> None:
    async def scenario() -> None:
        functions = FakeFunctions()
        async with (
            front_door(functions) as client,
            client.post("/api/v1/health", data=b"\xff", headers={"Content-Type": content_type}) as response,
        ):
            assert response.status == status
            assert response.headers["Content-Type"] == "application/problem+json"
        assert not functions.events

    asyncio.run(scenario())


def test_a_method_that_api_gateway_does_not_know_is_not_found() -> None:
    async def scenario() -> None:
        async with front_door(FakeFunctions()) as client, client.request("PURGE", "/api/v1/health") as response:
            assert response.status == 404

    asyncio.run(scenario())


def test_an_unknown_path_is_not_found_with_any_method() -> None:
    async def scenario() -> None:
        async with front_door(FakeFunctions()) as client, client.delete("/api/v1/nowhere") as response:
            assert response.status == 404

    asyncio.run(scenario())


def test_a_path_outside_of_the_stage_is_forbidden() -> None:
    async def scenario() -> None:
        async with front_door(FakeFunctions()) as client, client.get("/v1/health") as response:
            assert response.status == 403

    asyncio.run(scenario())


def test_a_preflight_is_answered_without_a_function() -> None:
    async def scenario() -> None:
        functions = FakeFunctions()
        async with front_door(functions) as client, client.options("/api/v1/health") as response:
            assert response.status == 200
            assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert not functions.events

    asyncio.run(scenario())


def test_the_function_sees_the_request_as_api_gateway_shows_it() -> None:
    async def scenario() -> None:
        functions = FakeFunctions(APIHandler=echo)
        async with front_door(functions, paths={"/v1/orders/{order_id}": ["patch"]}) as client:
            url = "/api/v1/orders/a%20b?tag=1&tag=2&name=%E7%93%A6+%E6%96%AF"
            headers = {"X-Correlation-Id": "c1", "Idempotency-Key": "k1", "Content-Type": "application/json"}
            async with client.patch(url, data='{"notes": "瓦斯"}', headers=headers) as response:
                assert response.status == 201
                assert response.headers["Location"] == "/here"
                assert await response.text() == "made"
        event = functions.events["APIHandler"][0]
        assert event["resource"] == "/v1/orders/{order_id}"
        assert event["pathParameters"] == {"order_id": "a b"}
        assert event["multiValueQueryStringParameters"] == {"tag": ["1", "2"], "name": ["瓦 斯"]}
        assert event["queryStringParameters"]["tag"] == "2"
        assert event["headers"]["X-Correlation-Id"] == "c1"
        assert event["multiValueHeaders"]["Idempotency-Key"] == ["k1"]
        assert event["body"] == '{"notes": "瓦斯"}'
        assert event["isBase64Encoded"] is False
        assert event["requestContext"]["path"] == "/api/v1/orders/a%20b"

    asyncio.run(scenario())


def test_a_literal_path_wins_over_a_parameter() -> None:
    async def scenario() -> None:
        functions = FakeFunctions(APIHandler=echo)
        async with front_door(
            functions, paths={"/v1/users/{user_id}": ["get"], "/v1/users/me": ["get"]}
        ) as client:
            await client.get("/api/v1/users/me")
        assert functions.events["APIHandler"][0]["resource"] == "/v1/users/me"

    asyncio.run(scenario())


def test_bytes_of_a_binary_type_go_in_and_out_unchanged() -> None:
    png = bytes(range(256))

    def picture(event: Any) -> dict[str, Any]:
        assert base64.b64decode(event["body"]) == png
        return {
            "statusCode": 200,
            "headers": {"Content-Type": "image/png"},
            "body": event["body"],
            "isBase64Encoded": True,
        }

    async def scenario() -> None:
        headers = {"Content-Type": "image/png", "Accept": "image/png"}
        async with (
            front_door(FakeFunctions(APIHandler=picture), paths={"/v1/pictures": ["post"]}) as client,
            client.post("/api/v1/pictures", data=png, headers=headers) as response,
        ):
            assert await response.read() == png

    asyncio.run(scenario())


def test_several_values_of_a_response_header_all_arrive() -> None:
    def cookies(_: Any) -> dict[str, Any]:
        return {"statusCode": 200, "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}, "body": ""}

    async def scenario() -> None:
        async with (
            front_door(FakeFunctions(APIHandler=cookies)) as client,
            client.get("/api/v1/health") as response,
        ):
            assert response.headers.getall("Set-Cookie") == ["a=1", "b=2"]

    asyncio.run(scenario())


def test_a_challenge_is_renamed_as_api_gateway_renames_it() -> None:
    def challenge(_: Any) -> dict[str, Any]:
        return {"statusCode": 401, "headers": {"WWW-Authenticate": "Bearer"}, "body": ""}

    async def scenario() -> None:
        async with (
            front_door(FakeFunctions(APIHandler=challenge)) as client,
            client.get("/api/v1/health") as response,
        ):
            assert response.headers["x-amzn-Remapped-WWW-Authenticate"] == "Bearer"
            assert "WWW-Authenticate" not in response.headers

    asyncio.run(scenario())


def test_a_function_that_fails_shows_nothing_of_its_error() -> None:
    async def scenario() -> None:
        for broken in (failing, lambda _: {"body": "no status"}, lambda _: "no answer", lambda _: None):
            async with (
                front_door(FakeFunctions(APIHandler=broken)) as client,
                client.get("/api/v1/health") as response,
            ):
                assert response.status == 500
                assert (await response.json(content_type=None))["code"] == "internal_error"

    asyncio.run(scenario())


def test_a_function_that_takes_too_long_is_504() -> None:
    async def scenario() -> None:
        async def never() -> None:
            await asyncio.Event().wait()

        async with (
            front_door(FakeFunctions(APIHandler=lambda _: never()), timeout=0.01) as client,
            client.get("/api/v1/health") as response,
        ):
            assert response.status == 504
            assert (await response.json(content_type=None))["code"] == "unavailable"

    asyncio.run(scenario())


def test_a_body_over_10_mb_is_413() -> None:
    async def scenario() -> None:
        async with (
            front_door(FakeFunctions(), paths={"/v1/imports": ["post"]}) as client,
            client.post("/api/v1/imports", data=io.BytesIO(b"x" * (MAX_BODY + 1))) as response,
        ):
            assert response.status == 413
            assert (await response.json(content_type=None))["code"] == "too_large"

    asyncio.run(scenario())


def test_a_request_that_lambda_does_not_take_is_413() -> None:
    # Each as text and as bytes, which travel in base64.
    texts = [("application/json", b"x" * (MAX_EVENT + 1)), ("image/png", b"x" * (MAX_EVENT * 3 // 4))]
    for content_type, body in texts:

        async def scenario(content_type: str = content_type, body: bytes = body) -> None:
            functions = FakeFunctions(APIHandler=echo)
            headers = {"Content-Type": content_type}
            async with front_door(functions, paths={"/v1/imports": ["post"]}) as client:
                async with client.post("/api/v1/imports", data=io.BytesIO(body), headers=headers) as response:
                    assert response.status == 413
                    assert (await response.json(content_type=None))["code"] == "too_large"
                assert not functions.events["APIHandler"]
                small = io.BytesIO(body[: MAX_EVENT // 2])
                async with client.post("/api/v1/imports", data=small, headers=headers) as response:
                    assert response.status == 201

        asyncio.run(scenario())


def test_an_answer_that_lambda_does_not_pass_on_is_502() -> None:
    # Lambda counts an answer's JSON: a quote takes two bytes in it, and a Chinese character six.
    for text, most in (("x", MAX_EVENT), ('"', MAX_EVENT // 2), ("瓦", MAX_EVENT // 6)):
        for length, status in ((most + 100, 502), (most - 100, 200)):

            def answer(_: Any, body: str = text * length) -> dict[str, Any]:
                return {"statusCode": 200, "body": body}

            async def scenario(answer: Any = answer, status: int = status) -> None:
                async with (
                    front_door(FakeFunctions(APIHandler=answer)) as client,
                    client.get("/api/v1/health") as response,
                ):
                    assert response.status == status
                    if status != 200:
                        assert (await response.json(content_type=None))["code"] == "unavailable"

            asyncio.run(scenario())


def test_large_files_are_compressed_for_clients_that_accept_it() -> None:
    text = "瓦斯" * 500

    def answer(event: Any) -> dict[str, Any]:
        body = text if event["queryStringParameters"] else "short"
        return {"statusCode": 200, "headers": {"Content-Type": "text/plain; charset=utf-8"}, "body": body}

    async def scenario() -> None:
        async with front_door(FakeFunctions(APIHandler=answer)) as client:
            for path, accepted, coded in (
                ("/api/v1/health?long=1", "deflate, gzip;q=1.0", True),
                ("/api/v1/health?long=1", "br", False),
                ("/api/v1/health", "gzip", False),
            ):
                async with client.get(path, headers={"Accept-Encoding": accepted}) as response:
                    assert ("Content-Encoding" in response.headers) == coded, (path, accepted)
                    assert await response.text() == (text if "long" in path else "short")

    asyncio.run(scenario())


JSON = '{"notes": "瓦斯"}'


@pytest.mark.parametrize(
    ("coding", "encode"),
    [
        ("gzip", gzip.compress),
        ("GZIP", gzip.compress),
        ("deflate", zlib.compress),
        ("identity", bytes),
    ],
)
def test_a_compressed_request_reaches_the_function_decompressed(
    coding: str, encode: Callable[[bytes], bytes]
) -> None:
    async def scenario() -> None:
        functions = FakeFunctions(APIHandler=echo)
        headers = {"Content-Type": "application/json", "Content-Encoding": coding}
        async with (
            front_door(functions, paths={"/v1/orders": ["post"]}) as client,
            client.post("/api/v1/orders", data=encode(JSON.encode()), headers=headers) as response,
        ):
            assert response.status == 201
        event = functions.events["APIHandler"][0]
        assert (event["body"], event["isBase64Encoded"]) == (JSON, False)
        assert "Content-Encoding" not in event["headers"]
        assert "Content-Encoding" not in event["multiValueHeaders"]

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("br", b"anything"),
        ("x-gzip", gzip.compress(b"{}")),
        ("gzip, gzip", gzip.compress(gzip.compress(b"{}"))),
        ("gzip", b"{}"),
        ("gzip", gzip.compress(JSON.encode())[:-6]),
        ("gzip", gzip.compress(b"{}") + b"more"),
        ("deflate", b"{}"),
    ],
    # Without the bodies: gzip's contain the time, and all workers must collect the same tests.
    ids=["br", "x-gzip", "gzip twice", "not gzip", "cut off", "with a tail", "not deflate"],
)
def test_a_request_in_a_coding_that_api_gateway_does_not_take_is_415(coding: str, body: bytes) -> None:
    async def scenario() -> None:
        functions = FakeFunctions(APIHandler=echo)
        async with (
            front_door(functions, paths={"/v1/orders": ["post"]}) as client,
            client.post("/api/v1/orders", data=body, headers={"Content-Encoding": coding}) as response,
        ):
            assert response.status == 415
            assert response.headers["Content-Type"] == "application/problem+json"
        assert not functions.events

    asyncio.run(scenario())


def test_a_small_body_that_unpacks_to_more_than_10_mb_is_413() -> None:
    async def scenario() -> None:
        functions = FakeFunctions(APIHandler=echo)
        body = gzip.compress(bytes(MAX_BODY + 1))
        async with (
            front_door(functions, paths={"/v1/imports": ["post"]}) as client,
            client.post("/api/v1/imports", data=body, headers={"Content-Encoding": "gzip"}) as response,
        ):
            assert response.status == 413
        assert not functions.events

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip", "gzip"),
        ("deflate", "deflate"),
        ("br, gzip;q=0.5, deflate;q=0.8", "deflate"),
        ("deflate, gzip", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=0.0, identity", None),
        ("gzip;q=often", None),
        ("*", None),
        ("", None),
    ],
)
def test_a_response_has_the_coding_that_the_client_prefers(accepted: str, coding: str | None) -> None:
    def answer(_: Any) -> dict[str, Any]:
        return {"statusCode": 200, "headers": {"Content-Type": "text/plain; charset=utf-8"}, "body": "瓦斯" * 500}

    async def scenario() -> None:
        async with (
            front_door(FakeFunctions(APIHandler=answer)) as client,
            client.get("/api/v1/health", headers={"Accept-Encoding": accepted}) as response,
        ):
            assert response.headers.get("Content-Encoding") == coding
            assert await response.text() == "瓦斯" * 500

    asyncio.run(scenario())


def test_an_answer_compressed_by_the_function_is_not_compressed_again() -> None:
    packed = gzip.compress(random.Random(1).randbytes(4000))

    def answer(_: Any) -> dict[str, Any]:
        headers = {"Content-Type": "image/png", "Content-Encoding": "gzip"}
        body = base64.b64encode(packed).decode()
        return {"statusCode": 200, "headers": headers, "body": body, "isBase64Encoded": True}

    async def scenario() -> None:
        headers = {"Accept-Encoding": "gzip", "Accept": "image/png"}
        async with (
            front_door(FakeFunctions(APIHandler=answer)) as client,
            client.get("/api/v1/health", headers=headers) as response,
        ):
            assert response.headers.getall("Content-Encoding") == ["gzip"]
            assert await response.read() == gzip.decompress(packed)

    asyncio.run(scenario())
