"""A process's bounded memory: the keys that were written last."""

from chalicelib.core.recent import Recent


def test_one_key_too_many_removes_the_one_that_was_not_written_for_longest() -> None:
    recent: Recent[str, int] = Recent(2)
    recent["a"], recent["b"], recent["a"], recent["c"] = 1, 2, 3, 4
    assert recent == {"a": 3, "c": 4}
