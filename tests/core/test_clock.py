"""Ids: our own implementation, checked with python-ulid."""

from datetime import UTC, datetime, timedelta

from ulid import ULID

from chalicelib.core.clock import new_id


def test_an_id_is_a_ulid_of_the_moment_it_was_made_in() -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    made = new_id()
    read = ULID.from_str(made)
    assert str(read) == made
    assert before <= read.datetime <= datetime.now(UTC)


def test_ids_of_one_process_sort_by_when_they_were_made() -> None:
    ids = [new_id() for _ in range(10_000)]
    assert ids == sorted(set(ids))
