"""The stack that all end-to-end tests of a process share. The tests mostly wait, so three processes run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.client import Client
from tests.e2e.stack import LocalStack, running_stack
from tests.e2e.texts import behave


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with the longest tests first, begun last, one makes others wait."""
    longest: dict[Path, float] = {}
    for item in items:
        mark = item.get_closest_marker("takes")
        longest[item.path] = max(longest.get(item.path, 0), mark.args[0] if mark else 0)
    items.sort(key=lambda item: -longest[item.path])


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A local stack of this test session's own, seeded like `make run`'s."""
    with running_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture
def office(stack: LocalStack) -> Client:
    return Client(stack, "office_staff")


@pytest.fixture
def gateway(stack: LocalStack) -> Iterator[str]:
    """The telephone network's URL; behaves again after the test."""
    url: str = stack.info["sms_inbox_url"]
    yield url
    behave(url, mode="ok")
