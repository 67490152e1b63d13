"""Users' positions in their own channel, with stored rows."""

import pytest

from chalicelib.core.clock import now
from chalicelib.realtime.log import Head
from chalicelib.realtime.read_cursors import advance, highest
from tests.stale_reads import stale_reads

pytestmark = pytest.mark.usefixtures("aws")


def moved(*cursors: int, epoch: str = "e") -> int:
    for cursor in cursors:
        advance("t", "u", "seen", Head(cursor, epoch), now())
    return highest("t", "u", {"seen"}, epoch)


def test_a_cursor_that_is_lower_than_the_stored_one_changes_nothing() -> None:
    assert moved(5, 3) == 5


def test_a_cursor_of_a_new_epoch_replaces_a_higher_one() -> None:
    moved(5)
    assert moved(2, epoch="f") == 2


def test_a_cursor_that_was_stored_a_moment_ago_counts() -> None:
    with stale_reads():
        assert moved(3, 5) == 5
