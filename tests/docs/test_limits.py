"""The limits that docs/api.md and docs/protocol.md name are those of the code."""

from pathlib import Path
from typing import Final

import pytest

from chalicelib.auth import attempts, guest_tokens
from chalicelib.orders import limits as orders
from chalicelib.realtime import admission, replay, subscriptions
from chalicelib.realtime.limits import MOST_PER_DISPLAY, MOST_PER_USER, SILENCE
from chalicelib.sms import caps

DOCS: Final = Path(__file__).parents[2] / "docs"

_API = (
    f"{attempts.PER_NAME_AND_ADDRESS.most} for one username from one IP address,",
    f"{attempts.PER_ADDRESS.most} from one address (IPv6: /64), {attempts.PER_NAME.most} for one username;",
    f"{attempts.PER_DEVICE.most} a device, {attempts.PER_USERS_DEVICES.most} all devices of a user",
    f"New guests an hour: {guest_tokens.NEW_GUESTS_PER_ADDRESS.most} by one table's code",
    f"{guest_tokens.NEW_GUESTS_PER_TABLE.most} altogether; {guest_tokens.NEW_TRACKERS_PER_LINK.most} by a",
    f"| orders of a customer's login | {orders.PER_CUSTOMER.most}, one more each 2.4 hours |",
    f"| orders of a guest | {orders.PER_GUEST.most}, one more each 4 minutes |",
    f"| orders of a table | {orders.PER_TABLE.most}, one more each 2 minutes |",
    f"| quantity of an item | {orders.MOST_OF_A_LINE} |",
    f"| pieces of an order | {orders.MOST_PIECES} |",
    f"| total in TWD | {orders.MOST_TOTAL['TWD']:,} |",
    f"{caps.MOST_PER_RECIPIENT} to one number, {caps.MOST_PER_LOGIN} for one customer's login",
    f"`daily_cap` (default {caps.MOST_PER_TENANT:,})",
)
_PROTOCOL = (
    f"| connections | {MOST_PER_USER} a user, {MOST_PER_DISPLAY} a display token.",
    f"a user {admission.PER_USER.most}, a display token {admission.PER_DISPLAY.most},",
    f"| silence | {SILENCE.total_seconds():.0f} seconds;",
    f"| channels | {subscriptions.MOST_CHANNELS} a connection |",
    f"| replay | {replay.MOST_REPLAYED} events, {replay.MOST_REPLAYED_BYTES // 1024**2} MB,",
)


@pytest.mark.parametrize(
    ("page", "limit"), [*(("api.md", each) for each in _API), *(("protocol.md", each) for each in _PROTOCOL)]
)
def test_a_documented_limit_is_the_one_in_the_code(page: str, limit: str) -> None:
    assert limit in " ".join((DOCS / page).read_text().split())
