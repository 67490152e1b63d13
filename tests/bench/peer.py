"""The classic design: one process holds the sockets, Redis carries events between several like it.

FastAPI, its native WebSocket and Redis pub/sub, as their documentations show it. `python -m tests.bench.peer
REDIS_PORT PORT` serves it.
"""

import asyncio
import json
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import requests

from infra.local.ports import free_port
from infra.packaging import ROOT

_START_SECONDS = 20


@contextmanager
def peer() -> Iterator[str]:
    """Its base URL, while it and its Redis run. Raises RuntimeError without a redis-server."""
    redis = shutil.which("redis-server")
    if redis is None:
        raise RuntimeError("redis-server is missing; on Debian and Ubuntu: apt-get install redis-server")
    redis_port, port = free_port(), free_port()
    server = _start(redis, "--port", str(redis_port), "--save", "", "--bind", "127.0.0.1")
    app = _start(sys.executable, "-m", "tests.bench.peer", str(redis_port), str(port))
    try:
        _wait_for(f"http://127.0.0.1:{port}/health")
        yield f"127.0.0.1:{port}"
    finally:
        for process in (app, server):
            process.terminate()
            process.wait()


def _start(*command: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            requests.get(url, timeout=1).raise_for_status()
        except requests.RequestException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _app(redis_port: int) -> Any:
    from fastapi import FastAPI, WebSocket, WebSocketDisconnect
    from redis.asyncio import Redis

    redis = Redis(port=redis_port)
    sockets: set[WebSocket] = set()

    async def forward() -> None:
        async with redis.pubsub() as channel:
            await channel.subscribe("orders")
            async for message in channel.listen():
                if message["type"] == "message":
                    text = message["data"].decode()
                    await asyncio.gather(*(socket.send_text(text) for socket in sockets), return_exceptions=True)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(forward())
        yield
        task.cancel()

    app = FastAPI(lifespan=lifespan)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/orders/{order_id}/status")
    async def step(order_id: str, body: dict[str, Any]) -> dict[str, Any]:
        # The row's change and the event's log, as ours has them: here two writes to Redis.
        await redis.hset(f"order:{order_id}", mapping={"status": body["status"]})
        number = await redis.incr("cursor")
        event = {
            "type": "order_status_changed",
            "data": {"order_id": order_id, "status": body["status"], "previous_status": "pending"},
            "cursors": {"orders": number},
        }
        await redis.publish("orders", json.dumps(event))
        return event

    @app.websocket("/ws")
    async def listen(socket: WebSocket) -> None:
        await socket.accept()
        sockets.add(socket)
        await socket.send_text('{"type":"connected"}')
        try:
            while True:
                await socket.receive_text()
        except WebSocketDisconnect:
            sockets.discard(socket)

    return app


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(_app(int(sys.argv[1])), host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")
