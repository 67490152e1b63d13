"""Fixtures of all tests. The environment is set before the application is imported."""

from tests.aws_in_process import aws_in_process, set_environment

set_environment()

import gc  # noqa: E402
import io  # noqa: E402
import sys  # noqa: E402
from collections.abc import Iterator  # noqa: E402

import hypothesis  # noqa: E402
import pytest  # noqa: E402
from _pytest.nodeid import coerce_node_id  # noqa: E402

from chalicelib.auth.rate_limits import refusals  # noqa: E402
from chalicelib.auth.revocations import revocations  # noqa: E402
from chalicelib.core import aws as app_aws  # noqa: E402
from chalicelib.core.logs import HANDLER  # noqa: E402
from chalicelib.realtime.pace import senders  # noqa: E402
from tests.api_client import ApiClient  # noqa: E402
from tests.calls import permissions_used  # noqa: E402
from tests.factories import Business, delivery_business, table_business  # noqa: E402
from tests.fake_gateway import FakeGateway  # noqa: E402
from tests.policies.grants import lacking  # noqa: E402
from tests.sms.gateway import Gateway as SmsGateway  # noqa: E402
from tests.sms.gateway import running_gateway  # noqa: E402
from tests.world import World  # noqa: E402

# How long an example takes says something of the machine only.
hypothesis.settings.register_profile("no_deadline", deadline=None)
hypothesis.settings.load_profile("no_deadline")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Names a test's group in its id: xdist 3.8 writes it where pytest 9.2 no longer reads it.

    Without this each worker packages, starts an emulator and measures for itself:
    https://github.com/pytest-dev/pytest-xdist/issues/1386
    """
    if config.getoption("loadgroup", default=False):
        for item in items:
            mark = item.get_closest_marker("xdist_group")
            if mark and not item.nodeid.endswith(f"@{mark.args[0]}"):
                item._id = coerce_node_id(f"{item.nodeid}@{mark.args[0]}")


def pytest_collection_finish() -> None:
    """500 MB of imports and collected tests are never garbage; looking for it there takes 6 % of the time."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def aws() -> Iterator[None]:
    """Empty tables, queues and the signing keys, in process and gone after the test.

    moto allows everything; a test in which a function does what its policy does not grant fails all the same.
    """
    with aws_in_process(app_aws.client), permissions_used() as used:
        # Read from the tables of another test.
        revocations.clear()
        refusals.clear()
        senders.clear()
        yield
    assert lacking(used) == {}


@pytest.fixture
def gas(aws: None) -> Business:
    """A gas business with an admin, office staff, two drivers, a customer and products."""
    return delivery_business()


@pytest.fixture
def restaurant(aws: None) -> Business:
    """A restaurant with an admin, office staff and a menu."""
    return table_business()


@pytest.fixture
def api(aws: None) -> Iterator[ApiClient]:
    """The REST API through Chalice's own routing."""
    with ApiClient.open() as client:
        yield client


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    """A fake `@connections` endpoint with configurable answers."""
    with FakeGateway.running() as fake:
        yield fake


@pytest.fixture
def world(api: ApiClient, gateway: FakeGateway) -> Iterator[World]:
    """All functions with their streams and queue; nothing moves until the test says so."""
    with World.running(api, gateway) as running:
        yield running


@pytest.fixture
def sms_gateway() -> Iterator[SmsGateway]:
    """A provider of the `http` kind."""
    with running_gateway() as running:
        yield running


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """The lines that the functions log inside."""
    sink = io.StringIO()
    before = HANDLER.setStream(sink)
    yield sink
    HANDLER.setStream(before or sys.stdout)
