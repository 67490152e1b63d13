"""The pages of lists: a cursor where there is a next row, none where there is none."""

import pytest

from chalicelib.core.paging import decode_cursor, first_page


@pytest.mark.parametrize(
    ("rows", "page", "last"), [([], [], None), ([1, 2], [1, 2], None), ([1, 2, 3], [1, 2], 2)]
)
def test_only_a_page_with_a_row_behind_it_has_a_next_one(
    rows: list[int], page: list[int], last: int | None
) -> None:
    found, cursor = first_page(rows, 2, lambda row: row)
    assert found == page
    assert (decode_cursor(cursor, int) if cursor else None) == last
