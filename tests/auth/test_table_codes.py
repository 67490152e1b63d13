"""The rotating signature of QR codes, with a fake clock."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.auth.guests import open_table
from chalicelib.auth.signing_keys import KeyRing
from chalicelib.auth.table_codes import PERIOD, read_table_code, table_code
from chalicelib.core.errors import Unauthenticated
from chalicelib.models.tenant import Tenant
from tests.factories import Business, dining_table

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
SECOND = timedelta(seconds=1)
_KEYS = '{{"signing_kid": "{}", "keys": {{{}}}}}'


def ring(signing: str = "k1", **secrets: str) -> KeyRing:
    keys = secrets or {"k1": "a" * 43}
    return KeyRing(read=lambda: _KEYS.format(signing, ", ".join(f'"{kid}": "{key}"' for kid, key in keys.items())))


def code_of(restaurant: Business, at: datetime) -> str:
    table = dining_table(restaurant.tenant)
    return table_code(restaurant.tenant.id, table.id, 1, now=at, keys=ring())[0]


@pytest.mark.parametrize(
    ("printed", "scanned", "good"),
    [
        (MONDAY, MONDAY, True),
        (MONDAY, MONDAY + PERIOD - SECOND, True),
        # Printed in the last second of a week and scanned in the first of the next: still valid.
        (MONDAY - SECOND, MONDAY, True),
        (MONDAY - SECOND, MONDAY + PERIOD - SECOND, True),
        (MONDAY - SECOND, MONDAY + PERIOD, False),
        (MONDAY, MONDAY + 2 * PERIOD - SECOND, True),
        (MONDAY, MONDAY + 2 * PERIOD, False),
        # Machines' clocks differ by seconds: a code from the week that begins in three of them is no forgery.
        (MONDAY, MONDAY - 3 * SECOND, True),
        (MONDAY, MONDAY - 60 * SECOND, False),
    ],
)
def test_a_code_is_good_in_its_week_and_the_next(
    restaurant: Business, printed: datetime, scanned: datetime, good: bool
) -> None:
    code = code_of(restaurant, printed)
    if good:
        assert open_table(code, scanned, keys=ring())[0].number == "A1"
    else:
        with pytest.raises(Unauthenticated) as refused:
            open_table(code, scanned, keys=ring())
        assert refused.value.code == "qr_expired"


@given(st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_code_contains_its_own_expiry(printed: datetime) -> None:
    text, until = table_code("t", "x", 1, now=printed, keys=ring())
    code = read_table_code(text, keys=ring())
    assert PERIOD < until - printed <= 2 * PERIOD
    assert code.is_current(printed)
    assert code.is_current(until - SECOND)
    assert not code.is_current(until)


@pytest.mark.parametrize("part", range(6))
def test_a_code_with_any_part_changed_is_forged(part: int) -> None:
    text, _ = table_code("tenant", "table", 1, now=MONDAY, keys=ring(k1="a" * 43, k2="b" * 43))
    parts = text.split(".")
    parts[part] = {2: "2", 3: "9999", 4: "k2"}.get(part, "x" + parts[part][1:])
    with pytest.raises(Unauthenticated) as refused:
        read_table_code(".".join(parts), keys=ring(k1="a" * 43, k2="b" * 43))
    assert refused.value.code == "qr_invalid"


@given(st.text(max_size=80) | st.lists(st.text(max_size=8), max_size=8).map(".".join))
def test_anything_else_is_no_code(text: str) -> None:
    with pytest.raises(Unauthenticated) as refused:
        read_table_code(text, keys=ring())
    assert refused.value.code == "qr_invalid"


def test_another_restaurants_code_leads_to_its_own_table_only(restaurant: Business, gas: Business) -> None:
    table = dining_table(restaurant.tenant)
    text, _ = table_code(gas.tenant.id, table.id, 1, now=MONDAY, keys=ring())
    with pytest.raises(Unauthenticated) as refused:
        open_table(text, MONDAY, keys=ring())
    assert refused.value.code == "qr_invalid"
    own, _ = table_code(restaurant.tenant.id, table.id, 1, now=MONDAY, keys=ring())
    with pytest.raises(Unauthenticated):
        open_table(own.replace(restaurant.tenant.id, gas.tenant.id), MONDAY, keys=ring())


def test_codes_are_valid_as_long_as_the_key_that_signed_them_exists(restaurant: Business) -> None:
    code = code_of(restaurant, MONDAY)
    both = ring("k2", k1="a" * 43, k2="b" * 43)
    assert isinstance(open_table(code, MONDAY, keys=both)[1], Tenant)
    with pytest.raises(Unauthenticated):
        open_table(code, MONDAY, keys=ring("k2", k2="b" * 43))


def test_a_secret_of_tokens_signs_no_code_by_itself() -> None:
    import hashlib
    import hmac
    from base64 import urlsafe_b64encode

    text, _ = table_code("tenant", "table", 1, now=MONDAY, keys=ring())
    content, _, signature = text.rpartition(".")
    plain = hmac.digest(b"a" * 43, content.encode(), hashlib.sha256)
    assert signature != urlsafe_b64encode(plain[:16]).decode().rstrip("=")
    assert len(signature) == 22
