"""Items in groups: none is lost, and they stay in their order."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.groups import grouped, slices


@given(st.lists(st.integers()), st.integers(1, 5))
def test_slices_together_are_the_items_and_only_the_last_is_shorter(items: list[int], size: int) -> None:
    found = list(slices(items, size))
    assert [each for some in found for each in some] == items
    assert all(len(some) == size for some in found[:-1])
    assert all(0 < len(some) <= size for some in found)


def test_items_are_grouped_in_their_order() -> None:
    assert grouped(["b1", "a1", "b2"], lambda text: text[0]) == {"b": ["b1", "b2"], "a": ["a1"]}
    assert list(grouped(["b1", "a1"], lambda text: text[0])) == ["b", "a"]
