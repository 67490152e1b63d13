"""The front door's static files: from the bucket, with a cache, compression and 304 as CloudFront."""

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient
from yarl import URL

from infra.local.static_origin import StoredObject
from infra.static_files import IMMUTABLE
from tests.infra.gateway import FakeBucket, FakeFunctions, front_door

HASHED, LATEST, SMALL = (
    "api/static/console/start-A1.js",
    "api/static/latest/realtime/realtime.js",
    "api/static/chunks/s.js",
)
SCRIPT = b"start();" * 1000
_JS = "text/javascript; charset=utf-8"
AWAY = {"Accept-Encoding": "identity"}


def bucket() -> FakeBucket:
    return FakeBucket(
        {
            HASHED: StoredObject(SCRIPT, _JS, IMMUTABLE, '"a1"'),
            LATEST: StoredObject(SCRIPT, _JS, "public, no-cache", '"b1"'),
            SMALL: StoredObject(b"x", _JS, IMMUTABLE, '"c1"'),
        }
    )


def run_with_client(bucket: Any, requests: Callable[[TestClient[Any, Any]], Awaitable[None]]) -> None:
    async def scenario() -> None:
        functions = FakeFunctions()
        async with front_door(functions, bucket=bucket) as client:
            await requests(client)
        assert not functions.events, "no function is invoked for a file"

    asyncio.run(scenario())


def test_a_file_is_served_compressed_to_those_who_accept_it() -> None:
    async def requests(client: TestClient[Any, Any]) -> None:
        async with client.get(
            f"/{HASHED}", headers={"Accept-Encoding": "gzip, br"}, auto_decompress=False
        ) as found:
            assert found.status == 200
            assert gzip.decompress(await found.read()) == SCRIPT
            assert found.headers["Content-Encoding"] == "gzip"
            assert found.headers["Content-Type"] == _JS
            assert found.headers["Cache-Control"] == IMMUTABLE
            assert found.headers["Vary"] == "Accept-Encoding"
            # Two representations: the tag is weak (RFC 9110 §8.8.1).
            assert found.headers["ETag"] == 'W/"a1"'
            assert found.headers["Access-Control-Allow-Origin"] == "*"
        for path, accepts in ((HASHED, "gzip;q=0, deflate"), (HASHED, "identity"), (SMALL, "gzip")):
            async with client.get(f"/{path}", headers={"Accept-Encoding": accepts}) as found:
                assert "Content-Encoding" not in found.headers
                assert found.headers["ETag"] in ('"a1"', '"c1"')

    run_with_client(bucket(), requests)


def test_a_client_that_has_a_file_is_answered_304() -> None:
    async def requests(client: TestClient[Any, Any]) -> None:
        for tags in ('W/"b1"', '"b1"', '"x", W/"b1"'):
            async with client.get(f"/{LATEST}", headers={"If-None-Match": tags}) as found:
                assert (found.status, await found.read()) == (304, b"")
                assert found.headers["Cache-Control"] == "public, no-cache"
                assert found.headers["ETag"] == 'W/"b1"'
        async with client.get(f"/{LATEST}", headers={"If-None-Match": '"b0"'}) as found:
            assert found.status == 200

    run_with_client(bucket(), requests)


def test_a_head_has_the_headers_of_a_get_and_no_body() -> None:
    async def requests(client: TestClient[Any, Any]) -> None:
        async with client.get(f"/{HASHED}", headers=AWAY) as got, client.head(f"/{HASHED}", headers=AWAY) as head:
            assert (head.status, await head.read()) == (200, b"")
            for name in ("ETag", "Content-Length", "Content-Type", "Cache-Control"):
                assert head.headers[name] == got.headers[name]

    run_with_client(bucket(), requests)


def test_hashed_files_are_fetched_once_and_latest_files_each_time() -> None:
    files = bucket()

    async def requests(client: TestClient[Any, Any]) -> None:
        for path in (HASHED, HASHED, LATEST, LATEST):
            (await client.get(f"/{path}")).close()
        assert files.keys == [HASHED, LATEST, LATEST]
        files.objects[LATEST] = StoredObject(b"new", _JS, "public, no-cache", '"b2"')
        assert await (await client.get(f"/{LATEST}")).read() == b"new"

    run_with_client(files, requests)


def test_a_file_that_is_uploaded_later_is_found_then() -> None:
    files = FakeBucket()

    async def requests(client: TestClient[Any, Any]) -> None:
        assert (await client.get(f"/{SMALL}")).status == 404
        files.objects.update(bucket().objects)
        assert (await client.get(f"/{SMALL}")).status == 200

    run_with_client(files, requests)


@pytest.mark.parametrize(
    "path",
    [
        "/api/static/",
        "/api/static/console/start-B2.js",
        "/api/static/..%2F..%2Fsettings.py",
        "/api/static/%00",
        "/api/static/console/index.html",
    ],
)
def test_a_file_that_is_not_there_is_a_problem_document(path: str) -> None:
    async def requests(client: TestClient[Any, Any]) -> None:
        async with client.get(URL(path, encoded=True)) as found:
            assert (found.status, found.content_type) == (404, "application/problem+json")
            assert (await found.json())["code"] == "not_found"

    run_with_client(bucket(), requests)


def test_other_methods_are_refused() -> None:
    async def requests(client: TestClient[Any, Any]) -> None:
        for method in ("PUT", "DELETE", "POST"):
            async with client.request(method, f"/{HASHED}") as found:
                assert found.status == 403, method

    run_with_client(bucket(), requests)


def test_a_bucket_that_does_not_answer_is_502() -> None:
    async def away(_: str) -> StoredObject | None:
        raise aiohttp.ClientConnectionError

    async def requests(client: TestClient[Any, Any]) -> None:
        async with client.get(f"/{HASHED}") as found:
            assert (found.status, (await found.json())["code"]) == (502, "unavailable")

    run_with_client(away, requests)
