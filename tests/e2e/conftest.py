"""The stack that all end-to-end tests of a process share; tests wait more than they work, so two processes run."""

from collections.abc import Iterator

import pytest

from tests.e2e.stack import LocalStack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A local stack of this test session's own, seeded like `make run`'s."""
    running = LocalStack.start(tmp_path_factory.mktemp("stack"))
    try:
        yield running
    finally:
        running.stop()
