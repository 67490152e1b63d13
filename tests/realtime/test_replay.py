"""The end of an event's retention, to the second."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.realtime import log
from chalicelib.realtime.events import Event
from chalicelib.realtime.replay import replay

pytestmark = pytest.mark.usefixtures("aws")

AT = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.mark.parametrize("in_time", [True, False])
@pytest.mark.parametrize(
    ("channel", "retention"), [("orders", timedelta(hours=24)), ("user:u", timedelta(days=7))]
)
def test_an_event_is_replayed_until_the_last_second_of_its_retention(
    channel: str, retention: timedelta, in_time: bool
) -> None:
    event = Event(id="e", type="changed", tenant_id="t", channels=(channel,), data={}, timestamp="")
    log.append([event], now=lambda: AT)
    moment = AT + retention - timedelta(seconds=in_time)
    assert replay("t", channel, 0, None, now=lambda: moment).recovered is in_time
