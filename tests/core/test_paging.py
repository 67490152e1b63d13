"""The pages of lists: a cursor where there is a next row, none where there is none."""

import pytest

from chalicelib.core.paging import decode_cursor, filtered_page, first_page


@pytest.mark.parametrize(
    ("rows", "page", "last"), [([], [], None), ([1, 2], [1, 2], None), ([1, 2, 3], [1, 2], 2)]
)
def test_only_a_page_with_a_row_behind_it_has_a_next_one(
    rows: list[int], page: list[int], last: int | None
) -> None:
    found, cursor = first_page(rows, 2, lambda row: row)
    assert found == page
    assert (decode_cursor(cursor, int) if cursor else None) == last


@pytest.mark.parametrize(
    ("rows", "page", "last"),
    [
        ([], [], None),
        ([2, 4], [2, 4], None),
        ([2, 4, 5], [2, 4], None),
        ([2, 3, 4, 5, 6], [2, 4], 5),
        ([1] * 500, [], None),
        ([1] * 501, [], 1),
    ],
)
def test_a_filtered_page_has_a_next_one_where_a_row_behind_it_fits_or_was_not_looked_at(
    rows: list[int], page: list[int], last: int | None
) -> None:
    found, cursor = filtered_page(rows, 2, fits=lambda row: row % 2 == 0, position=lambda row: row)
    assert found == page
    assert (decode_cursor(cursor, int) if cursor else None) == last
