"""How long SMS are stored, and the first complete day."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.clock import from_epoch, local_date, wire
from chalicelib.models.tenant import Tenant
from chalicelib.sms.retention import expires_at, stored_from

MOMENTS = st.integers(1_577_836_800, 2_208_988_800).map(from_epoch)


def business(**values: Any) -> Tenant:
    return Tenant("t", time_zone="Asia/Taipei", **values)


@pytest.mark.parametrize(
    ("months", "created", "expires"),
    [
        (None, "2026-11-30T04:00:00.000Z", "2028-05-30T04:00:00.000Z"),
        (1, "2027-01-31T04:00:00.000Z", "2027-03-01T00:00:00.000Z"),
        (12, "2028-02-29T04:00:00.000Z", "2029-03-01T00:00:00.000Z"),
        (24, "2026-12-31T23:59:59.000Z", "2028-12-31T23:59:59.000Z"),
    ],
)
def test_a_text_expires_so_many_months_later(months: int | None, created: str, expires: str) -> None:
    assert wire(from_epoch(expires_at(business(sms_history_months=months), created))) == expires


@given(MOMENTS, MOMENTS, st.integers(1, 120))
def test_no_text_of_a_stored_day_has_expired(created: datetime, now: datetime, months: int) -> None:
    tenant = business(sms_history_months=months)
    day = local_date(created, tenant.time_zone)
    if day >= stored_from(tenant, now) and created <= now:
        assert expires_at(tenant, wire(created)) > int(now.timestamp())


@given(MOMENTS, st.integers(1, 120))
def test_only_days_with_expired_sms_count_as_incomplete(now: datetime, months: int) -> None:
    tenant = business(sms_history_months=months)
    before = stored_from(tenant, now) - timedelta(days=1)
    first = datetime.combine(before, datetime.min.time(), UTC) - timedelta(hours=8)
    assert expires_at(tenant, wire(first)) <= int(now.timestamp())


def test_sms_that_expired_under_fewer_months_stay_missing() -> None:
    now = datetime(2026, 11, 30, 4, tzinfo=UTC)
    assert stored_from(business(sms_history_months=18), now) == date(2025, 5, 31)
    assert stored_from(business(sms_history_months=18, sms_history_from="2026-09-01"), now) == date(2026, 9, 1)
    assert stored_from(business(sms_history_months=1, sms_history_from="2026-09-01"), now) == date(2026, 10, 31)
