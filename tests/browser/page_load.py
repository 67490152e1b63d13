"""Measures the network load of a visit of a page: requests, bytes, waves, and when its content is shown.

Requests are those that leave the browser, including a WebSocket's handshake, but not those answered by a cache.
Bytes are the servers' compressed answers with headers, as DevTools counts them, without a WebSocket's messages. A
service worker's own requests are counted separately.

Waves are the longest chain of requests up to the content in which each starts after the previous one has ended.
They are counted without a clock: each request is held until the page makes no further one; then all held requests,
which are one wave, continue together. A WebSocket is not held. Because this delays the page, requests and bytes
are counted in a separate visit.
"""

import contextlib
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

import playwright.sync_api as driver
from msgspec import Struct, field
from playwright.sync_api import Page, Request

from tests.patience import MS

# How long an idle page may take to make further requests: a stack shares its cores with the browser.
_QUIET_MS: Final = 500
_POLL_MS: Final = 20

# Reports each change of an expression, in each document: after each change of the page, and before each frame.
_WATCH: Final = """
(() => {
  let last;
  const look = () => {
    const now = Boolean(%s);
    if (now !== last) void reportContent(Date.now(), now);
    last = now;
  };
  const everyFrame = () => { look(); requestAnimationFrame(everyFrame); };
  everyFrame();
  const all = { subtree: true, childList: true, characterData: true, attributes: true };
  new MutationObserver(look).observe(document, all);
})();
"""


class PageRequest(Struct):
    """A request. path: without its query. bytes: the size of the server's answer."""

    path: str
    bytes: int


class Load(Struct):
    """The requests of one visit. worker: the requests of the service worker during it."""

    page: list[PageRequest] = field(default_factory=list)
    worker: list[PageRequest] = field(default_factory=list)

    @property
    def bytes(self) -> int:
        return sum(each.bytes for each in self.page)

    @property
    def paths(self) -> list[str]:
        return [each.path for each in self.page]


class Network:
    """A page's requests from now on. Only this object drives the page."""

    def __init__(self, page: Page) -> None:
        self.load = Load()
        self._page = page
        self._cdp = page.context.new_cdp_session(page)
        self._open: dict[str, str] = {}
        self._cached: set[str] = set()
        self._sockets: dict[str, PageRequest] = {}
        self._held: list[str] = []
        # Whether a navigation is held.
        self._leaves = False
        on = self._cdp.on
        on("Network.requestWillBeSent", self._begun)
        on("Network.requestServedFromCache", lambda event: self._cached.add(event["requestId"]))
        on("Network.responseReceived", self._answered)
        on("Network.loadingFinished", lambda event: self._ended(event, event["encodedDataLength"]))
        on("Network.loadingFailed", lambda event: self._ended(event, 0))
        on("Network.webSocketCreated", self._socket_made)
        on("Network.webSocketHandshakeResponseReceived", self._upgraded)
        on("Fetch.requestPaused", self._paused)
        page.context.on("requestfinished", self._worker_asked)
        self._cdp.send("Network.enable")

    def settle(self, complete: str) -> Load:
        """Waits until an expression is true and no request is open. Returns the requests."""
        waited = 0
        self._quiet()
        while not self._is(complete):
            self._page.wait_for_timeout(_POLL_MS)
            waited += _POLL_MS
            assert waited < MS, f"not so yet: {complete}"
        self._quiet()
        self._stop()
        return self.load

    def waves(self, act: Callable[[], Any], content: str) -> int:
        """How many waves it takes until an expression is true and stays so; `act` makes the page begin."""
        self._cdp.send("Fetch.enable", {"patterns": [{"urlPattern": "*"}]})
        act()
        waves, there = 0, None
        while True:
            before = len(self.load.page)
            self._quiet()
            waves += len(self.load.page) > before
            # A page that is about to be left does not answer before its successor is there.
            if self._leaves or not self._is(content):
                there = None
            elif there is None:
                there = waves
            if not self._held:
                break
            held, self._held, self._leaves = self._held, [], False
            for request in held:
                # Its page no longer waits for it.
                with contextlib.suppress(driver.Error):
                    self._cdp.send("Fetch.continueRequest", {"requestId": request})
        self._stop()
        assert there is not None, f"the page has asked for all, and this is not so: {content}"
        return there

    def delay(self, ms: int) -> None:
        """Has each answer begin this much later, as on a network with this round-trip time."""
        conditions = {"offline": False, "latency": ms, "downloadThroughput": -1, "uploadThroughput": -1}
        self._cdp.send("Network.emulateNetworkConditions", conditions)

    def _stop(self) -> None:
        self._cdp.detach()
        self._page.context.remove_listener("requestfinished", self._worker_asked)

    def _quiet(self) -> None:
        """Waits until only held requests are open and the page makes no further request."""
        quiet = waited = 0
        seen = None
        while quiet < _QUIET_MS:
            self._page.wait_for_timeout(_POLL_MS)
            now = (len(self._open), len(self._held), len(self.load.page), len(self._cached))
            quiet = quiet + _POLL_MS if now == seen and len(self._open) <= len(self._held) else 0
            seen = now
            waited += _POLL_MS
            assert waited < MS, f"still under way: {sorted(self._open.values())}"

    def _is(self, expression: str) -> bool:
        # Playwright's own function would wait for the end of a navigation.
        answer = self._cdp.send(
            "Runtime.evaluate", {"expression": f"Boolean({expression})", "returnByValue": True}
        )
        return answer["result"].get("value") is True

    def _begun(self, event: dict[str, Any]) -> None:
        url = event["request"]["url"]
        if not url.startswith("http"):
            return
        if redirect := event.get("redirectResponse"):
            self._count(redirect["url"], redirect["encodedDataLength"])
        self._open[event["requestId"]] = url

    def _answered(self, event: dict[str, Any]) -> None:
        response = event["response"]
        if response.get("fromDiskCache") or response.get("fromServiceWorker"):
            self._cached.add(event["requestId"])

    def _ended(self, event: dict[str, Any], size: float) -> None:
        url = self._open.pop(event["requestId"], None)
        if url is not None and event["requestId"] not in self._cached:
            self._count(url, int(size))

    def _socket_made(self, event: dict[str, Any]) -> None:
        self._sockets[event["requestId"]] = self._count(event["url"], 0)

    def _upgraded(self, event: dict[str, Any]) -> None:
        self._sockets[event["requestId"]].bytes = len(event["response"].get("headersText", ""))

    def _count(self, url: str, size: int) -> PageRequest:
        request = PageRequest(urlsplit(url).path, size)
        self.load.page.append(request)
        return request

    def _paused(self, event: dict[str, Any]) -> None:
        self._held.append(event["requestId"])
        self._leaves |= event["resourceType"] == "Document"

    def _worker_asked(self, request: Request) -> None:
        if not request.service_worker:
            return
        sizes = request.sizes()
        # Zero if the browser's cache answers.
        if size := sizes["responseBodySize"] + sizes["responseHeadersSize"]:
            self.load.worker.append(PageRequest(urlsplit(request.url).path, size))


class Content:
    """Whether an expression is true at each frame from now on, in this document and the next ones.

    changes: milliseconds since this was made, and whether it is true since then; it is not at first.
    """

    def __init__(self, page: Page, content: str) -> None:
        self.changes: list[tuple[float, bool]] = []
        self._began = time.time()
        page.expose_binding("reportContent", self._report)
        page.add_init_script(_WATCH % content)
        page.evaluate(_WATCH % content)
        self.restart()

    def restart(self) -> None:
        """Another visit begins now."""
        self.changes.clear()
        self._began = time.time()

    def shown_after(self) -> float:
        """After how many milliseconds the content was there and stayed."""
        at, there = self.changes[-1]
        assert there, self.changes
        return at

    def _report(self, _: Any, at: float, there: bool) -> None:
        if there != (bool(self.changes) and self.changes[-1][1]):
            self.changes.append((at - self._began * 1000, there))
