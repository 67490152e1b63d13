"""Fixtures of the tests of reports."""

import pytest

from chalicelib.models.tenant import Tenant
from tests.factories import Business


@pytest.fixture
def gas(gas: Business) -> Business:
    """A business whose texts of the tests' fixed days are stored for as long as these tests live."""
    gas.tenant.update([Tenant.sms_history_months.set(360)])
    return gas
