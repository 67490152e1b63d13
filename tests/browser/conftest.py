"""A real browser in front of a local stack of the tests' own."""

from collections.abc import Iterator
from typing import Any

import playwright.sync_api as driver
import pytest

from tests.browser.browser import Browser, launched
from tests.e2e.client import Client
from tests.e2e.stack import LocalStack, running_stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A local stack of this test session's own, seeded like `make run`'s."""
    with running_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[driver.Browser]:
    with launched() as running:
        yield running


@pytest.fixture(scope="module")
def few_orders(stack: LocalStack) -> Iterator[None]:
    """Cancels the orders that a test file has left: the board shows only the forty oldest of a column."""
    admin = Client(stack, "admin")
    before = set(_open_orders(admin))
    yield
    for order_id in set(_open_orders(admin)) - before:
        admin.step(order_id, "cancelled")


def _open_orders(admin: Client) -> Iterator[str]:
    """The orders' ids."""
    query: dict[str, Any] = {"status": "pending,confirmed,assigned", "limit": 100}
    while True:
        page = admin.get("/v1/orders", **query).json()
        yield from (order["id"] for order in page["items"])
        if page["next_cursor"] is None:
            return
        query["cursor"] = page["next_cursor"]


@pytest.fixture
def browser(chromium: driver.Browser, stack: LocalStack, few_orders: None) -> Iterator[Browser]:
    """A new browser. It fails the test for script errors and violations of the content security policy."""
    opened = Browser(chromium, stack)
    try:
        yield opened
    finally:
        opened.close()
    assert opened.faults == []
