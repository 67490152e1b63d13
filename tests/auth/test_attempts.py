"""Wrong passwords: attempts are counted and refunded."""

from datetime import timedelta

import pytest

from chalicelib.auth.attempts import Attempt, reserve_as_stranger, reserve_by_user, reserve_from_device
from chalicelib.core.errors import TooFast
from chalicelib.models.rate_limit import RateLimit
from tests.auth.people import KEYS, NOW

NAME = "mei@example.com"


def guess(name: str = NAME, *, second: int = 0, address: str = "office") -> Attempt | None:
    """A stranger's guess; None if it was refused."""
    try:
        return reserve_as_stranger(name, address, now=NOW + timedelta(seconds=second), keys=KEYS)
    except TooFast:
        return None


def stored() -> dict[str, int]:
    return {row.key: int(row.due) for row in RateLimit.scan()}


def test_asking_while_waiting_does_not_make_the_wait_longer(aws: object) -> None:
    for _ in range(5):
        assert guess()
    for second in range(1, 180, 30):
        assert not guess(second=second)

    assert guess(second=180)


def test_a_right_password_forgives_the_wrong_ones_before_it(aws: object) -> None:
    attempt = [guess() for _ in range(5)][-1]
    assert attempt

    attempt.record_success(NOW)

    assert [bool(guess()) for _ in range(6)] == [True] * 5 + [False]


def test_a_right_password_gives_the_address_and_the_name_no_more_than_its_own_guess_back(aws: object) -> None:
    guess()
    before = stored()
    attempt = guess()
    assert attempt

    attempt.record_success(NOW)

    pair, *others = sorted(before, key=lambda key: not key.startswith("sign_in_pair"))
    assert {key: stored()[key] for key in others} == {key: before[key] for key in others}
    assert stored()[pair] < before[pair]


def test_a_refused_guess_leaves_all_limits_as_they_were(aws: object) -> None:
    for number in range(30):
        assert guess(f"{number}@example.com")
    before = stored()

    assert not guess()

    now = NOW.timestamp() * 1000
    assert {key: due for key, due in stored().items() if due > now} == before


def test_a_name_that_waits_at_one_address_holds_up_no_other_name_and_no_other_address(aws: object) -> None:
    while guess():
        pass

    assert guess("+886912345678")
    assert guess(address="home")


def test_a_device_and_a_signed_in_user_have_limits_of_their_own(aws: object) -> None:
    while guess():
        pass
    for _ in range(5):
        reserve_from_device("d1", "u1", "office", now=NOW)
        reserve_by_user("u1", "office", now=NOW)

    for reserve in (
        lambda: reserve_from_device("d1", "u1", "office", now=NOW),
        lambda: reserve_by_user("u1", "office", now=NOW),
    ):
        with pytest.raises(TooFast):
            reserve()
    assert reserve_from_device("d2", "u1", "office", now=NOW)
    assert reserve_by_user("u2", "office", now=NOW)
