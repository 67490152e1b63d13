"""How the connections of a tracking link are counted, with stored subscriptions."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.auth.principal import TRACKER
from chalicelib.core.clock import epoch, now
from chalicelib.core.errors import TooFast
from chalicelib.models.connection import Subscription
from chalicelib.realtime.admission import admit
from tests.factories import Business, principal
from tests.stale_reads import stale_reads

MOST = 20


def connected(gas: Business, *, expires_in: timedelta) -> None:
    values: dict[str, Any] = {
        "role": TRACKER,
        "format": "standard",
        "connected_at": 0,
        "expires_at": epoch(now() + expires_in),
    }
    for n in range(MOST):
        Subscription(f"{gas.tenant.id}#link:session", f"c{n}", **values).save()


def test_a_connection_that_opened_a_moment_ago_counts(gas: Business) -> None:
    with stale_reads():
        connected(gas, expires_in=timedelta(hours=1))
        with pytest.raises(TooFast) as refused:
            admit(principal(gas.tenant, TRACKER), now())
    assert refused.value.code == "too_many_connections"


def test_an_expired_connection_whose_row_is_not_yet_deleted_does_not_count(gas: Business) -> None:
    connected(gas, expires_in=-timedelta(hours=1))
    admit(principal(gas.tenant, TRACKER), now())
