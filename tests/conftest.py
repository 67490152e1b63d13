"""What every test may ask for. The environment is set before the app is imported anywhere."""

from tests.aws_in_process import create_all, set_environment

set_environment()

from collections.abc import Iterator  # noqa: E402

import pytest  # noqa: E402
from moto import mock_aws  # noqa: E402

from chalicelib import aws as app_aws  # noqa: E402
from tests.api_client import ApiClient  # noqa: E402
from tests.factories import Business, delivery_business, table_business  # noqa: E402
from tests.fake_gateway import FakeGateway  # noqa: E402


@pytest.fixture
def aws() -> Iterator[None]:
    """Empty tables, queues and the signing keys, in process and gone after the test."""
    with mock_aws():
        create_all(app_aws.client)
        yield


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
    """An `@connections` endpoint that does as it is told."""
    with FakeGateway.running() as fake:
        yield fake
