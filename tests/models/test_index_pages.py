"""Pages of an index: bounded work, no row omitted or repeated, and no unnecessary read."""

from collections.abc import Callable

import pytest

from chalicelib.models.delivery import Delivery
from chalicelib.models.index_pages import page_newest_first
from tests.calls import counted_calls
from tests.stale_reads import stale_reads

pytestmark = pytest.mark.usefixtures("aws")


def row(number: int) -> Delivery:
    row_id = f"01K{number:023}-01"
    return Delivery(
        "t",
        row_id,
        order_id=row_id[:26],
        order_number="ORD",
        order_version=1,
        number=1,
        driver_id="d",
        started_at="2026-11-22T01:00:00.000Z",
        outcome="delivered",
        day_key=f"2026-11-22#{row_id}",
        driver_key=f"d#2026-11-22#{row_id}",
        outcome_key=f"delivered#2026-11-22#{row_id}",
    )


def stored(count: int) -> list[str]:
    """Rows in the table; their ids, newest first."""
    rows = [row(number) for number in range(count)]
    with Delivery.batch_write() as batch:
        for each in rows:
            batch.save(each)
    return [each.id for each in reversed(rows)]


def page(limit: int, cursor: str | None, fits: Callable[[Delivery], bool]) -> tuple[list[str], str | None]:
    found, following = page_newest_first(Delivery, "t", "by_day", "", fits=fits, limit=limit, cursor=cursor)
    return [each.id for each in found], following


def test_a_row_that_hardly_anything_fits_is_found_in_pages_of_bounded_work() -> None:
    oldest = stored(501)[-1]
    looked_at: list[int] = []
    found: list[str] = []
    cursor: str | None = None
    while not looked_at or cursor is not None:
        looked_at.append(0)

        def fits(each: Delivery) -> bool:
            looked_at[-1] += 1
            return each.id == oldest

        some, cursor = page(50, cursor, fits)
        found += some
    assert (found, looked_at) == ([oldest], [500, 1])


@pytest.mark.parametrize(("count", "pages"), [(2, 1), (3, 2), (4, 2)])
def test_a_page_costs_one_read_and_the_last_one_is_not_empty(count: int, pages: int) -> None:
    ids = stored(count)
    found: list[str] = []
    cursor: str | None = None
    with counted_calls() as calls:
        for _ in range(pages):
            some, cursor = page(2, cursor, lambda _: True)
            found += some
    assert (found, cursor) == (ids, None)
    assert calls == {"dynamodb.Query": pages}


def test_a_row_that_was_stored_a_moment_ago_is_in_the_list() -> None:
    with stale_reads():
        row(1).save()
        row(2).save()
        found, _ = page(10, None, lambda _: True)
    assert found == [row(2).id, row(1).id]
