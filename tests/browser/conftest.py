"""A real browser in front of a local stack of the tests' own."""

from collections.abc import Iterator

import playwright.sync_api as driver
import pytest

from tests.browser.browser import Browser, launched
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


@pytest.fixture
def browser(chromium: driver.Browser, stack: LocalStack) -> Iterator[Browser]:
    """A new browser. It fails the test for script errors and violations of the content security policy."""
    opened = Browser(chromium, stack)
    try:
        yield opened
    finally:
        opened.close()
    assert opened.faults == []
