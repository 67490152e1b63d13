from datetime import UTC, datetime

import pytest

from chalicelib.models.tenant import SmsSettings
from chalicelib.sms.providers.base import PermanentFailure
from chalicelib.sms.queueing import queue_sms
from chalicelib.sms.sending import send_all
from chalicelib.sms.stats import Today, providers_in_use, today
from chalicelib.sms.ttl_cache import TtlCache
from tests.sms.fakes import Clock, FakeProvider, always, make_order, make_tenant, task_for

pytestmark = pytest.mark.usefixtures("aws")


def send_one(now: Clock, provider: FakeProvider) -> None:
    tenant = make_tenant()
    row = queue_sms(make_order(tenant), tenant, "corr-1")
    assert row is not None
    send_all([task_for(row)], provider_for=always(provider), now=now)


def test_nothing_sent_yet_is_zero() -> None:
    assert today(Clock()) == Today(0, 0)


def test_the_day_ends_at_midnight_in_taipei() -> None:
    before = Clock(datetime(2026, 11, 22, 15, 59, tzinfo=UTC))
    after = Clock(datetime(2026, 11, 22, 16, 1, tzinfo=UTC))
    send_one(before, FakeProvider())
    send_one(before, FakeProvider(PermanentFailure("http_400")))
    send_one(after, FakeProvider())
    assert today(before) == Today(sent=1, failed=1)
    assert today(after) == Today(sent=1, failed=0)


def test_providers_in_use_are_those_that_tenants_chose() -> None:
    make_tenant()
    make_tenant()
    make_tenant(sms=None)
    make_tenant(sms=SmsSettings(provider="other", url="http://x.test", sender="x"))
    assert providers_in_use(TtlCache(60)) == ["http", "other"]


def test_a_cached_value_is_loaded_again_only_when_it_is_old() -> None:
    time = 0.0
    stored: TtlCache[int] = TtlCache(60, lambda: time)
    numbers = iter(range(10))
    assert stored.get("a", lambda: next(numbers)) == 0
    time = 59.0
    assert stored.get("a", lambda: next(numbers)) == 0
    assert stored.get("b", lambda: next(numbers)) == 1
    time = 60.0
    assert stored.get("a", lambda: next(numbers)) == 2


def test_a_load_that_raises_keeps_nothing() -> None:
    stored: TtlCache[int] = TtlCache(60)
    with pytest.raises(ZeroDivisionError):
        stored.get("a", lambda: 1 // 0)
    assert stored.get("a", lambda: 7) == 7
