"""Which tokens have to be checked by reading rows: with real rows, and processes with their own clocks."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pynamodb.exceptions import QueryError

from chalicelib.auth.principal import Principal
from chalicelib.auth.revocations import (
    FRESH_FOR,
    MOST_USERS,
    USABLE_FOR,
    Revocations,
    read_rows,
    record_tenant,
    record_users,
)
from chalicelib.auth.tokens import LIFETIME_SECONDS
from chalicelib.core.clock import epoch, new_id
from chalicelib.core.errors import Unavailable
from chalicelib.models.revocation import Revocation
from tests.auth.people import NOW
from tests.calls import counted_calls
from tests.costs import size_of

SECOND = timedelta(seconds=1)
HOUR = timedelta(seconds=LIFETIME_SECONDS)


# Of a stream's records.
_LARGEST_BATCH = 16


class Process:
    """A process, its clock and its table, which may be out of reach."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now
        self.away = False
        self.since_times: list[datetime] = []
        self.revocations = Revocations(read=self._read, now=lambda: self.now)

    def checks(self, user_id: str, tenant_id: str = "t1") -> bool:
        principal = Principal(tenant_id, "delivery", user_id, "driver", "s1", epoch(self.now))
        return self.revocations.concern(principal)

    def _read(self, since: datetime) -> Iterable[Revocation]:
        self.since_times.append(since)
        if self.away:
            raise QueryError("away")
        return read_rows(since)


def rows() -> list[Revocation]:
    return list(Revocation.scan())


def test_a_change_concerns_its_user_alone(aws: None) -> None:
    record_users("t1", {"mei"}, now=NOW)
    process = Process()
    assert process.checks("mei")
    assert not process.checks("other")
    assert not process.checks("mei", tenant_id="t2")


def test_a_change_of_a_tenant_concerns_all_its_users(aws: None) -> None:
    record_tenant("t1", now=NOW)
    process = Process()
    assert process.checks("mei")
    assert not process.checks("mei", tenant_id="t2")


def test_a_process_that_has_read_before_sees_a_change_after_five_seconds(aws: None) -> None:
    process = Process()
    assert not process.checks("mei")
    record_users("t1", {"mei"}, now=NOW)
    process.now += FRESH_FOR
    assert process.checks("mei")


def test_a_process_reads_once_in_five_seconds(aws: None) -> None:
    process = Process()
    with counted_calls() as calls:
        for _ in range(100):
            process.checks("mei")
            process.now += SECOND / 25
    assert calls == {"dynamodb.Query": 1}
    with counted_calls() as calls:
        process.now += FRESH_FOR
        process.checks("mei")
        process.checks("other", tenant_id="t2")
    assert calls == {"dynamodb.Query": 1}


def test_a_process_that_has_read_before_reads_only_newer_rows(aws: None) -> None:
    process = Process()
    process.checks("mei")
    process.now += FRESH_FOR
    process.checks("mei")
    first, second = process.since_times
    assert first < NOW - HOUR
    assert NOW - timedelta(minutes=3) < second <= NOW


def test_a_write_that_arrives_late_is_read_too(aws: None) -> None:
    """The row belongs to the previous minute, which the process has read already."""
    process = Process(NOW + 5 * SECOND)
    assert not process.checks("mei")
    record_users("t1", {"mei"}, now=NOW - 5 * SECOND)
    process.now += FRESH_FOR
    assert process.checks("mei")


def test_a_change_affects_every_earlier_token_until_they_have_expired(aws: None) -> None:
    record_users("t1", {"mei"}, now=NOW)
    known, fresh = Process(), Process(NOW + HOUR)
    assert known.checks("mei")
    known.now += HOUR
    assert known.checks("mei")
    assert fresh.checks("mei")
    for process in (known, fresh):
        process.now += timedelta(minutes=5)
        assert not process.checks("mei")


def test_a_row_ends_by_itself_after_the_last_token_of_before(aws: None) -> None:
    record_users("t1", {"mei"}, now=NOW)
    [row] = rows()
    assert HOUR <= timedelta(seconds=int(row.expires_at) - epoch(NOW)) <= HOUR + timedelta(minutes=5)


def test_repeats_change_nothing(aws: None) -> None:
    for _ in range(3):
        record_users("t1", {"mei"}, now=NOW)
    [row] = rows()
    assert row.users == {"mei"}


def test_a_tenant_fills_one_short_row_a_minute_however_many_users_change(aws: None) -> None:
    """A flood of sign-outs costs its own tenant one call per request, and other tenants none."""
    users = [new_id() for _ in range(3 * MOST_USERS)]
    sizes = []
    for start in range(0, len(users), _LARGEST_BATCH):
        record_users("t1", users[start : start + _LARGEST_BATCH], now=NOW)
        [row] = rows()
        sizes.append(size_of(row.to_dynamodb_dict()))
    assert max(sizes) <= 4096, "a read unit"
    process = Process()
    assert all(process.checks(user_id) for user_id in users)
    assert not process.checks(users[0], tenant_id="t2")


def test_a_change_after_that_of_its_tenant_leaves_the_tenants(aws: None) -> None:
    record_tenant("t1", now=NOW)
    record_users("t1", {"mei"}, now=NOW)
    assert Process().checks("other")


def test_a_row_without_users_is_of_the_whole_tenant(aws: None) -> None:
    Revocation("recent", f"{NOW:%Y-%m-%dT%H:%M}#t1", expires_at=epoch(NOW + HOUR)).save()
    assert Process().checks("mei")


def test_revocations_are_used_for_a_minute_without_the_table(aws: None) -> None:
    record_users("t1", {"mei"}, now=NOW)
    process = Process()
    assert process.checks("mei")
    process.away = True
    process.now += USABLE_FOR - SECOND
    assert process.checks("mei")
    assert not process.checks("other")


def test_without_the_table_for_a_minute_nothing_is_known(aws: None) -> None:
    process = Process()
    process.checks("mei")
    process.away = True
    process.now += USABLE_FOR
    with pytest.raises(Unavailable):
        process.checks("mei")
    process.away = False
    assert not process.checks("mei")


def test_a_new_process_without_the_table_knows_nothing(aws: None) -> None:
    process = Process()
    process.away = True
    with pytest.raises(Unavailable):
        process.checks("mei")


def test_an_unreachable_table_is_read_once_in_five_seconds(aws: None) -> None:
    process = Process()
    process.checks("mei")
    process.away = True
    process.now += FRESH_FOR
    for _ in range(10):
        process.checks("mei")
    assert len(process.since_times) == 2


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_process_trusts_a_token_longer_than_the_bound_after_a_change(aws: None, data: st.DataObject) -> None:
    """Whatever the order: writers whose clocks differ, writes that arrive late, rows that others add to."""
    for row in rows():
        row.delete()
    tenant, moment = new_id(), NOW
    processes = [Process(), Process()]
    visible: dict[str, datetime] = {}
    late: list[tuple[datetime, datetime, str]] = []
    for _ in range(data.draw(st.integers(1, 20))):
        moment += timedelta(seconds=data.draw(st.floats(0, 40)))
        for due, at, user_id in [each for each in late if each[0] <= moment]:
            record_users(tenant, {user_id}, now=at)
            visible[user_id] = due
        late = [each for each in late if each[0] > moment]
        if data.draw(st.booleans()):
            skew = timedelta(seconds=data.draw(st.floats(-1, 1)))
            takes = timedelta(seconds=data.draw(st.floats(0, 10)))
            late.append((moment + takes, moment + skew, new_id()))
        process: Any = data.draw(st.sampled_from(processes))
        process.now = moment
        for user_id, since in visible.items():
            if moment - since >= FRESH_FOR:
                assert process.checks(user_id, tenant_id=tenant)
