"""Five wrong passwords in fifteen minutes, however they come."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.auth.attempts import MAX_WRONG, WINDOW_SECONDS, forget_attempts, reserve_attempt
from chalicelib.clock import new_id
from chalicelib.errors import TooFast
from chalicelib.models.login_name import LoginName
from tests.auth.people import NOW, a_tenant, a_user, minutes

NAME = "mei@example.com"


def allowed(username: str, seconds: int) -> bool:
    try:
        reserve_attempt(username, now=NOW + timedelta(seconds=seconds))
    except TooFast:
        return False
    return True


def test_the_sixth_attempt_waits_and_is_told_how_long(aws: object) -> None:
    for second in range(5):
        assert allowed(NAME, second)

    with pytest.raises(TooFast) as refused:
        reserve_attempt(NAME, now=NOW + timedelta(seconds=64))

    assert refused.value.retry_after == 15 * 60 - 60
    assert refused.value.headers["Retry-After"] == "840"


def test_waiting_is_not_made_longer_by_asking(aws: object) -> None:
    for _ in range(5):
        allowed(NAME, 0)
    for second in range(1, 15 * 60, 60):
        assert not allowed(NAME, second)

    assert allowed(NAME, 15 * 60)


def test_after_the_wait_five_more_are_allowed(aws: object) -> None:
    for _ in range(5):
        allowed(NAME, 0)

    assert [allowed(NAME, 900 + second) for second in range(6)] == [True] * 5 + [False]


def test_a_right_password_starts_the_count_anew(aws: object) -> None:
    for _ in range(5):
        allowed(NAME, 0)

    forget_attempts(NAME)

    assert [allowed(NAME, 1) for _ in range(6)] == [True] * 5 + [False]


def test_one_name_waiting_holds_up_no_other(aws: object) -> None:
    for _ in range(6):
        allowed(NAME, 0)

    assert allowed("+886912345678", 0)


def test_counting_never_makes_a_real_name_expire(aws: object) -> None:
    user = a_user(a_tenant())

    row = reserve_attempt(user.username, now=NOW)

    assert (row.tenant_id, row.user_id) == (user.tenant_id, user.id)
    century = 100 * 365 * 24 * 3600
    assert LoginName.get(user.username).expires_at > NOW.timestamp() + century


def test_counts_of_names_that_nobody_has_are_thrown_away_after_a_day(aws: object) -> None:
    row = reserve_attempt("nobody@example.com", now=NOW)

    assert row.user_id is None
    assert row.expires_at == (NOW + minutes(24 * 60)).timestamp()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gaps=st.lists(st.sampled_from([0, 1, 60, 179, 180, 300, 899, 900, 901, 5000]), max_size=25))
def test_no_fifteen_minutes_ever_see_more_than_five_guesses(aws: object, gaps: list[int]) -> None:
    name = f"{new_id().lower()}@example.com"
    second, guesses = 0, []
    for gap in gaps:
        second += gap
        if allowed(name, second):
            guesses.append(second)
    for start in guesses:
        assert sum(start <= guess < start + WINDOW_SECONDS for guess in guesses) <= MAX_WRONG
