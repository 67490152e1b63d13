"""A real browser in front of a local stack of the tests' own."""

import os
from collections.abc import Iterator

import playwright.sync_api as driver
import pytest

from tests.browser.browser import ARGUMENTS, MISSING, Browser, installed
from tests.e2e.stack import LocalStack, running_stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A local stack of this test session's own, seeded like `make run`'s."""
    with running_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[driver.Browser]:
    """The browser that is installed. Without one the tests are skipped on a laptop, and fail in CI."""
    path = installed()
    if path is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(MISSING)
    with driver.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield running
        finally:
            running.close()


@pytest.fixture
def browser(chromium: driver.Browser, stack: LocalStack) -> Iterator[Browser]:
    """A browser as somebody opens it; it fails the test for script errors and breaches of the policy."""
    opened = Browser(chromium, stack)
    try:
        yield opened
    finally:
        opened.close()
    assert opened.faults == []
