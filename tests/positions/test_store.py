"""The newest position: one write per fix, never an older one, no implausible jump."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.auth.principal import DRIVER, Principal
from chalicelib.core import aws as aws_clients
from chalicelib.core.clock import wire
from chalicelib.models.driver_position import DriverPosition
from chalicelib.positions.fixes import Point, can_follow
from chalicelib.positions.store import Taken, record_positions
from tests.aws_in_process import aws_in_process
from tests.calls import counted_calls

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
TAIPEI, KAOHSIUNG = (25.03, 121.56), (22.62, 120.30)


def point(seconds: float, place: tuple[float, float] = TAIPEI, **values: float) -> Point:
    return Point(wire(NOW - timedelta(seconds=seconds)), *place, **values)


def north(metres: float) -> tuple[float, float]:
    """So far north of the usual place."""
    return round(TAIPEI[0] + metres / 111_195, 7), TAIPEI[1]


def driver(tenant_id: str) -> Principal:
    return Principal(tenant_id, "delivery", "user", DRIVER, "session", 0, driver_id="d")


def reported(*points: Point) -> Taken:
    return record_positions(driver("t"), points, correlation_id="c", now=NOW)


def marker() -> tuple[str, float, float]:
    row = DriverPosition.get("t", "d", consistent_read=True)
    return row.at, row.latitude, row.longitude


def at(point: Point) -> tuple[str, float, float]:
    return point.at, point.latitude, point.longitude


def test_a_fix_costs_one_write_and_no_read(aws: None) -> None:
    for n in range(5):
        with counted_calls() as calls:
            assert reported(point(50 - 10 * n, (round(25.03 + n / 1000, 7), 121.56), speed=11.0)) == Taken(1, 0)
        assert calls == {"dynamodb.UpdateItem": 1}
    assert marker() == at(point(10, (25.034, 121.56)))


def test_of_a_batch_the_last_one_is_the_marker(aws: None) -> None:
    assert reported(point(10), point(30), point(20)) == Taken(3, 0)
    assert marker() == at(point(10))


def test_late_and_repeated_fixes_are_ignored_and_counted(aws: None) -> None:
    reported(point(20))
    assert reported(point(30)) == Taken(0, 1)
    assert reported(point(20)) == Taken(0, 1)
    assert reported(point(30), point(20), point(10)) == Taken(1, 2)
    assert marker() == at(point(10))


def test_values_that_a_fix_lacks_are_not_copied_from_the_previous_one(aws: None) -> None:
    reported(point(20, speed=10.0, heading=90.0, accuracy=5.0))
    reported(point(10))
    row = DriverPosition.get("t", "d")
    assert [row.speed, row.heading, row.accuracy] == [None, None, None]


def test_a_far_position_after_a_long_gap_is_accepted(aws: None) -> None:
    reported(point(3600))
    assert reported(point(0, (25.2, 121.7))) == Taken(1, 0)
    assert marker() == at(point(0, (25.2, 121.7)))


def test_a_jump_across_the_island_does_not_move_the_marker(aws: None) -> None:
    reported(point(30))
    assert reported(point(20, KAOHSIUNG)) == Taken(0, 1)
    assert marker() == at(point(30))
    assert reported(point(10)) == Taken(1, 0)
    assert marker() == at(point(10))


@pytest.mark.parametrize(("seconds", "metres", "writes"), [(1, 60, 1), (1, 150, 2), (10, 250, 1), (10, 690, 2)])
def test_a_plausible_fix_moves_the_marker(aws: None, seconds: float, metres: float, writes: int) -> None:
    reported(point(30))
    with counted_calls() as calls:
        assert reported(point(30 - seconds, north(metres))) == Taken(1, 0)
    assert calls == {"dynamodb.UpdateItem": writes}


@pytest.mark.parametrize(("seconds", "metres"), [(1, 170), (1, 1_000), (10, 710)])
def test_a_jump_within_the_city_does_not_move_the_marker(aws: None, seconds: float, metres: float) -> None:
    reported(point(30))
    assert reported(point(30 - seconds, north(metres))) == Taken(0, 1)
    assert marker() == at(point(30))


def test_a_batch_that_bears_itself_out_moves_the_marker(aws: None) -> None:
    reported(point(130, KAOHSIUNG))
    assert reported(*(point(120 - 3 * n) for n in range(40))) == Taken(40, 0)
    assert marker() == at(point(3))


def test_a_few_fixes_of_one_jump_bear_nothing_out(aws: None) -> None:
    reported(point(30))
    assert reported(*(point(20 - n, KAOHSIUNG) for n in range(9))) == Taken(0, 9)
    assert marker() == at(point(30))


def test_a_second_fix_that_bears_a_jump_out_moves_it(aws: None) -> None:
    reported(point(30))
    reported(point(20, KAOHSIUNG))
    assert reported(point(10, KAOHSIUNG)) == Taken(1, 0)
    assert marker() == at(point(10, KAOHSIUNG))


def test_two_jumps_to_different_places_bear_nothing_out(aws: None) -> None:
    reported(point(30))
    assert reported(point(20, KAOHSIUNG)) == reported(point(10, (23.9, 121.6))) == Taken(0, 1)
    assert marker() == at(point(30))


def test_drivers_do_not_know_each_other(aws: None) -> None:
    reported(point(10))
    assert record_positions(driver("u"), [point(20)], correlation_id="c", now=NOW) == Taken(1, 0)


def test_another_writer_in_between_is_noticed(aws: None) -> None:
    reported(point(3600))
    events = aws_clients.client("dynamodb").meta.events
    others = [point(5, (25.2, 121.7))]

    def another_phone(**_: Any) -> None:
        if others:
            reported(others.pop())

    # After the first write has failed, because its position was far away.
    events.register("after-call.dynamodb.UpdateItem", another_phone)
    try:
        assert reported(point(10, (25.2, 121.7))) == Taken(0, 1)
    finally:
        events.unregister("after-call.dynamodb.UpdateItem", another_phone)
    assert marker() == at(point(5, (25.2, 121.7)))


steps = st.lists(
    st.lists(
        st.builds(
            point, st.integers(0, 7200), st.sampled_from([TAIPEI, (25.035, 121.56), (25.2, 121.7), KAOHSIUNG])
        ),
        min_size=1,
        max_size=4,
    ),
    max_size=8,
)


@given(steps)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_the_marker_never_moves_back_in_time(batches: list[list[Point]]) -> None:
    with aws_in_process(aws_clients.client, only={"DriverPositionsTable"}):
        before: tuple[str, float, float] | None = None
        for batch in batches:
            taken = reported(*batch)
            assert taken.accepted + taken.ignored == len(batch)
            now = marker()
            if before is not None:
                assert now == before if taken.accepted == 0 else now[0] > before[0]
            before = now


def test_can_follow_is_about_speed() -> None:
    assert can_follow(point(10), point(0, (25.035, 121.56)))
    assert not can_follow(point(10), point(0, (25.2, 121.56)))
