"""The rate limit: allowed and refused requests, and the cost of a refusal."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.auth.rate_limits import Limit, overdraw, refund, refusals, spend, spend_all
from chalicelib.core.clock import new_id
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import TooFast
from chalicelib.models.rate_limit import RateLimit
from tests.auth.people import NOW
from tests.calls import before_call, counted_calls

LIMIT = Limit("test", 5, 900, ErrorCode.PIN_LOCKED, "Too many tests.")


def allowed(subject: str, seconds: float, *, limit: Limit = LIMIT, cost: int = 1) -> bool:
    try:
        spend(limit, subject, now=NOW + timedelta(seconds=seconds), cost=cost)
    except TooFast:
        return False
    return True


def test_the_limits_number_is_allowed_at_once(aws: None) -> None:
    assert [allowed("a", 0) for _ in range(6)] == [True] * 5 + [False]


def test_a_refusal_names_its_code_and_the_seconds_until_the_next_is_allowed(aws: None) -> None:
    for _ in range(5):
        spend(LIMIT, "a", now=NOW)

    with pytest.raises(TooFast) as refused:
        spend(LIMIT, "a", now=NOW + timedelta(seconds=60))

    assert (refused.value.code, refused.value.detail) == ("pin_locked", "Too many tests.")
    assert refused.value.headers["Retry-After"] == "120"
    assert not allowed("a", 179)
    assert allowed("a", 180)


def test_each_subject_and_each_limit_counts_for_itself(aws: None) -> None:
    for _ in range(5):
        spend(LIMIT, "a", now=NOW)

    assert not allowed("a", 0)
    assert allowed("b", 0)
    assert allowed("a", 0, limit=Limit("other", 5, 900, ErrorCode.TOO_FAST, "."))


def test_a_cost_is_spent_at_once_or_not_at_all(aws: None) -> None:
    assert allowed("a", 0, cost=3)
    assert not allowed("a", 0, cost=3)
    assert allowed("a", 0, cost=2)
    assert not allowed("b", 0, cost=6)


def test_a_refunded_cost_can_be_spent_again(aws: None) -> None:
    for _ in range(5):
        spend(LIMIT, "a", now=NOW)

    refund(LIMIT, "a", now=NOW)

    assert [allowed("a", 0) for _ in range(2)] == [True, False]


def test_giving_back_to_a_full_limit_adds_nothing(aws: None) -> None:
    refund(LIMIT, "never spent", now=NOW)
    spend(LIMIT, "a", now=NOW)
    refund(LIMIT, "a", now=NOW)
    refund(LIMIT, "a", now=NOW)

    for subject in ("never spent", "a"):
        assert [allowed(subject, 0) for _ in range(6)] == [True] * 5 + [False]


def test_the_first_costs_one_write_and_a_refusal_one_that_reads_nothing(aws: None) -> None:
    with counted_calls() as first:
        spend(LIMIT, "a", now=NOW)
    for _ in range(4):
        spend(LIMIT, "a", now=NOW)
    with counted_calls() as refusal:
        assert not allowed("a", 0)

    assert first == refusal == {"dynamodb.UpdateItem": 1}


def test_rows_expire_once_they_have_no_effect(aws: None) -> None:
    for _ in range(5):
        spend(LIMIT, "a", now=NOW)

    row = RateLimit.get("test#a")

    assert row.due / 1000 <= row.expires_at <= NOW.timestamp() + 900 + 60


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    most=st.integers(1, 7),
    tries=st.lists(st.tuples(st.sampled_from([0, 0, 0, 1, 9, 40, 100, 500]), st.integers(1, 3)), max_size=25),
)
def test_no_window_ever_holds_more_than_the_limit_and_its_refill(
    aws: None, most: int, tries: list[tuple[int, int]]
) -> None:
    limit, subject, second = Limit("test", most, 100, ErrorCode.TOO_FAST, "."), new_id(), 0
    spent: list[tuple[int, int]] = []
    for gap, cost in tries:
        second += gap
        if allowed(subject, second, limit=limit, cost=cost):
            spent.append((second, cost))
        else:
            # Refusals cost nothing: a spend that fits beside those of the last window is never refused.
            held = sum(each for when, each in spent if when >= second - 100)
            assert held + cost > most
    for start, _ in spent:
        for end in (when for when, _ in spent if when >= start):
            inside = sum(cost for when, cost in spent if start <= when <= end)
            assert inside <= most + (end - start) * most / 100


@pytest.mark.parametrize("call", range(4))
def test_spends_of_the_same_moment_count_like_spends_one_after_another(aws: None, call: int) -> None:
    for _ in range(3):
        spend(LIMIT, "a", now=NOW)

    def two_others() -> None:
        assert [allowed("a", 0), allowed("a", 0)].count(True) >= 1

    with before_call(call, two_others):
        first = allowed("a", 0)
        second = allowed("a", 0)

    assert not (first and second)
    assert not allowed("a", 0)
    assert RateLimit.get("test#a").due <= (NOW.timestamp() + 900) * 1000


def test_a_refund_between_the_two_writes_of_a_spend_does_not_refuse_it(aws: None) -> None:
    spend(LIMIT, "a", now=NOW)

    with before_call(1, lambda: refund(LIMIT, "a", now=NOW)):
        assert allowed("a", 0)


def spent(subject: str) -> None:
    """Uses the limit up; the last attempt is refused."""
    for _ in range(6):
        allowed(subject, 0)


def test_a_process_repeats_a_recent_refusal_without_a_call(aws: None) -> None:
    spent("a")

    with counted_calls() as calls:
        assert not allowed("a", 4.9)
        with pytest.raises(TooFast) as refused:
            spend_all([(LIMIT, "b"), (LIMIT, "a")], now=NOW + timedelta(seconds=4))

    assert calls == {}
    assert (refused.value.code, refused.value.headers["Retry-After"]) == ("pin_locked", "176")


def test_a_refund_by_another_process_takes_effect_after_five_seconds(aws: None) -> None:
    spent("a")
    RateLimit(LIMIT.key("a")).update([RateLimit.due.set(RateLimit.due - LIMIT.spacing_ms)])

    assert [allowed("a", seconds) for seconds in (4.9, 5)] == [False, True]


def test_memory_refuses_no_longer_than_the_limit(aws: None) -> None:
    limit = Limit("quick", 5, 5, ErrorCode.TOO_FAST, ".")
    for _ in range(6):
        allowed("a", 0, limit=limit)

    assert [allowed("a", seconds, limit=limit) for seconds in (0.9, 1, 1.5, 2)] == [False, True, False, True]


def test_memory_refuses_only_requests_that_cost_too_much(aws: None) -> None:
    assert allowed("a", 0, cost=3)

    assert [allowed("a", 0, cost=cost) for cost in (3, 2)] == [False, True]


def test_a_process_that_refuses_many_subjects_remembers_a_bounded_number(aws: None) -> None:
    for number in range(20_000):
        refusals.add(str(number), 10**15, 0)

    assert sum(refusals.due(str(number), 0) > 0 for number in range(20_000)) <= 5000
    assert refusals.due("19999", 0)


def test_an_overdrawn_subject_stays_refused(aws: None) -> None:
    spent("a")
    overdraw(LIMIT, "a", now=NOW, cost=5)

    assert [allowed("a", seconds) for seconds in (180, 1079, 1080)] == [False, False, True]
