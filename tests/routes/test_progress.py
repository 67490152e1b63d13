"""The progress of a route by its driver's positions."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.clock import from_wire, wire
from chalicelib.core.fields import Place
from chalicelib.routes.progress import NONE, Progress, TrackedPosition, Waiting, advance, packed, unpacked

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
DOOR = Place(25.04, 121.56)


def stop(order_id: str = "a", place: Place | None = DOOR, status: str = "delivering", **values: Any) -> Waiting:
    return Waiting(
        **{
            "order_id": order_id,
            "place": place,
            "service": timedelta(minutes=5),
            "status": status,
            "estimate": NOW + timedelta(minutes=10),
            **values,
        }
    )


def seen(
    metres_south: float, seconds: float = 0, speed: float | None = None, accuracy: float | None = 5
) -> TrackedPosition:
    """The driver, so far south of the door and so many seconds from now."""
    at = NOW + timedelta(seconds=seconds)
    return TrackedPosition(DOOR.latitude - metres_south / 111_195, DOOR.longitude, at, speed, accuracy)


def stay(first: int, last: int, metres_south: float = 20, **values: Any) -> list[TrackedPosition]:
    """The driver at the door, looked at every ten seconds."""
    return [seen(metres_south, second, **values) for second in range(first, last + 1, 10)]


def test_a_driver_who_is_far_away_is_not_arriving() -> None:
    # 5 km are 7 km by road, 17 minutes.
    after, steps = advance(NONE, [stop()], [seen(5_000)])
    assert steps.arriving == {}
    assert after.etas["a"] > wire(NOW + timedelta(minutes=15))


def test_within_a_quarter_of_an_hour_the_order_is_arriving() -> None:
    _, steps = advance(NONE, [stop()], [seen(4_000)])
    assert steps.arriving.keys() == {"a"}


def test_a_faster_driver_has_an_earlier_estimate() -> None:
    _, steps = advance(NONE, [stop()], [seen(5_000, speed=16.0)])
    assert steps.arriving.keys() == {"a"}


def test_a_driver_at_a_red_light_is_not_expected_to_wait_forever() -> None:
    assert advance(NONE, [stop()], [seen(5_000, speed=0.0)]) == advance(NONE, [stop()], [seen(5_000)])


def test_stops_are_driven_one_after_the_other() -> None:
    after, steps = advance(NONE, [stop("a"), stop("b", Place(25.05, 121.56))], [seen(3_000)])
    assert steps.arriving.keys() == {"a"}
    assert after.etas["a"] < after.etas["b"]


def test_an_assigned_order_does_not_change() -> None:
    _, steps = advance(NONE, [stop(status="assigned")], [seen(10)])
    assert (steps.arriving, steps.later, steps.arrived) == ({}, {}, [])


def test_an_order_that_is_arriving_already_does_not_arrive_twice() -> None:
    _, steps = advance(NONE, [stop(status="arriving")], [seen(2_000)])
    assert (steps.arriving, steps.later) == ({}, {})


def test_a_customer_is_notified_again_of_a_difference_from_ten_minutes_on() -> None:
    received: dict[str, Any] = {"estimate": NOW + timedelta(minutes=18)}
    assert advance(NONE, [stop(**received)], [seen(7_000)])[1].later == {}
    assert advance(NONE, [stop(**received)], [seen(9_000)])[1].later.keys() == {"a"}
    assert advance(NONE, [stop(estimate=None)], [seen(7_000)])[1].later.keys() == {"a"}


def test_a_driver_who_stays_at_the_door_has_arrived() -> None:
    first, steps = advance(NONE, [stop(status="arriving")], [seen(60)])
    assert steps.arrived == []
    second, steps = advance(first, [stop(status="arriving")], [seen(20, 20)])
    assert steps.arrived == []
    _, steps = advance(second, [stop(status="arriving")], [seen(20, 30)])
    assert steps.arrived == ["a"]


def test_a_driver_who_passes_by_has_not_arrived() -> None:
    first, _ = advance(NONE, [stop(status="arriving")], [seen(90, speed=7.0)])
    _, steps = advance(first, [stop(status="arriving")], [seen(-90, 31, speed=7.0)])
    assert steps.arrived == []


def test_an_absence_of_the_driver_restarts_the_time_at_the_door() -> None:
    first, _ = advance(NONE, [stop(status="arriving")], [seen(50)])
    away, _ = advance(first, [stop(status="arriving")], [seen(150, 20)])
    assert away.near == {}
    _, steps = advance(away, [stop(status="arriving")], [seen(50, 40)])
    assert steps.arrived == []


def test_two_orders_at_one_door_arrive_together() -> None:
    both = [stop("a", status="arriving"), stop("b", status="delivering")]
    first, _ = advance(NONE, both, [seen(10)])
    _, steps = advance(first, both, [seen(10, 30)])
    assert steps.arrived == ["a", "b"]
    assert steps.arriving.keys() == {"b"}, "in between it is arriving: the table knows no other way"


def test_a_driver_who_stayed_at_the_door_and_left_has_arrived() -> None:
    # A phone without a signal tells all of it at once.
    _, steps = advance(NONE, [stop(status="arriving")], [*stay(0, 100), seen(-150, 110)])
    assert steps.arrived == ["a"]
    _, steps = advance(NONE, [stop()], [*stay(0, 100), seen(-150, 110)])
    assert (steps.arriving, steps.arrived) == ({"a": NOW + timedelta(seconds=30)}, ["a"])


def test_an_order_delivered_out_of_turn_has_arrived_and_no_other_customer_is_notified() -> None:
    # Eight kilometres north: nineteen minutes by road.
    first = stop("first", Place(DOOR.latitude + 8_000 / 111_195, DOOR.longitude))
    second = stop("second", service=timedelta(minutes=20))
    near, steps = advance(NONE, [first, second], [seen(20)])
    assert steps.arriving == {}
    after, steps = advance(near, [first, second], stay(10, 120))
    assert (steps.arriving, steps.arrived) == ({"second": NOW + timedelta(seconds=120)}, ["second"])
    # Twenty minutes here less the two that are over, then nineteen on the road.
    assert from_wire(after.etas["first"]) - NOW > timedelta(minutes=38)


def test_a_red_light_near_a_door_of_later_is_no_arrival() -> None:
    first = stop("first", Place(DOOR.latitude + 8_000 / 111_195, DOOR.longitude))
    _, steps = advance(NONE, [first, stop("second")], stay(0, 90, speed=0.0))
    assert (steps.arriving, steps.arrived) == ({}, [])


@pytest.mark.parametrize(
    "first",
    [
        stop("first", None),
        stop("first", Place(0.0, 0.0)),
        stop("first", Place(DOOR.latitude + 8_000 / 111_195, DOOR.longitude), status="arrived"),
    ],
    ids=["nowhere", "out of reach", "been there"],
)
def test_the_stop_after_an_unreachable_one_is_next(first: Waiting) -> None:
    _, steps = advance(NONE, [first, stop("second")], stay(0, 40))
    assert steps.arrived == ["second"]


def test_all_orders_of_one_house_arrive_however_long_each_takes() -> None:
    house = [stop(name, service=timedelta(minutes=10)) for name in "abc"]
    _, steps = advance(NONE, house, stay(0, 30))
    assert (list(steps.arriving), steps.arrived) == (list("abc"), list("abc"))


def test_the_time_spent_at_a_door_is_over() -> None:
    two = [stop("a", service=timedelta(minutes=20), status="arrived"), stop("b", Place(25.1, 121.56))]
    after, _ = advance(NONE, two, [seen(20)])
    expected = from_wire(after.etas["b"])
    later, _ = advance(after, two, stay(60, 600))
    assert abs(from_wire(later.etas["b"]) - expected) < timedelta(minutes=1)
    # A driver who stays longer may leave at any moment.
    longest, _ = advance(later, two, stay(610, 1500))
    assert from_wire(longest.etas["b"]) - NOW > timedelta(seconds=1500)


def test_a_receiver_that_does_not_know_the_door_tells_no_arrival() -> None:
    _, steps = advance(NONE, [stop(status="arriving")], stay(0, 100, accuracy=300))
    assert steps.arrived == []
    # And in between it is no departure.
    vague = seen(20, 20, accuracy=300)
    _, steps = advance(NONE, [stop(status="arriving")], [seen(20), vague, seen(20, 40, accuracy=None)])
    assert steps.arrived == ["a"]


def test_an_unreachable_place_does_not_delay_other_stops() -> None:
    wrong, right = stop("wrong", Place(0.0, 0.0)), stop("right", Place(25.05, 121.56))
    after, steps = advance(NONE, [wrong, right], [seen(3_000)])
    without, _ = advance(NONE, [stop("wrong", None), right], [seen(3_000)])
    assert (after.etas, list(steps.later)) == (without.etas, [])
    assert after.etas.keys() == {"right"}


def test_an_estimate_that_hardly_moves_is_left_alone() -> None:
    first, _ = advance(NONE, [stop()], [seen(4_000)])
    assert advance(first, [stop()], [seen(4_000, 20)])[0] == first
    assert advance(first, [stop()], [seen(4_000, 40)])[0] != first


def test_a_stop_without_a_place_has_no_time() -> None:
    after, steps = advance(NONE, [stop(place=None)], [seen(0)])
    assert (after, steps.arriving, steps.later) == (NONE, {}, {})


stops = st.lists(
    st.builds(
        stop,
        st.sampled_from("abcdef"),
        st.one_of(st.none(), st.builds(Place, st.floats(24.9, 25.1), st.floats(121.5, 121.6))),
        st.sampled_from(["assigned", "delivering", "arriving", "arrived"]),
        estimate=st.one_of(st.none(), st.integers(-60, 600).map(lambda m: NOW + timedelta(minutes=m))),
    ),
    unique_by=lambda each: each.order_id,
    max_size=6,
)
positions = st.builds(
    TrackedPosition,
    st.floats(24.9, 25.1),
    st.floats(121.5, 121.6),
    st.integers(0, 3600).map(lambda s: NOW + timedelta(seconds=s)),
    st.one_of(st.none(), st.floats(0, 60)),
)


@given(stops, positions)
def test_steps_fit_the_orders_statuses(waiting: list[Waiting], position: TrackedPosition) -> None:
    after, steps = advance(NONE, waiting, [position])
    by_id = {each.order_id: each for each in waiting}
    assert all(by_id[order_id].status == "delivering" for order_id in steps.arriving)
    assert all(by_id[order_id].status in ("delivering", "arriving") for order_id in (*steps.later, *steps.arrived))
    assert not steps.arriving.keys() & steps.later.keys()
    assert all(by_id[order_id].place is not None for order_id in (*after.etas, *after.near))
    assert steps.arrived == [], "nobody has stayed anywhere yet"
    times = [after.etas[each.order_id] for each in waiting if each.order_id in after.etas]
    assert times == sorted(times)


@given(stops, positions)
def test_progress_is_stored_exactly(waiting: list[Waiting], position: TrackedPosition) -> None:
    after, _ = advance(NONE, waiting, [position])
    assert unpacked(packed(after)) == after
    assert unpacked(None) == Progress()
