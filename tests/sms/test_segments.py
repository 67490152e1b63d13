import pytest

from chalicelib.sms.segments import segments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("瓦", 1),
        ("瓦" * 70, 1),
        ("瓦" * 71, 2),
        ("瓦" * 134, 2),
        ("瓦" * 135, 3),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("a" * 70 + "瓦", 2),
    ],
)
def test_a_text_is_split_where_carriers_split_it(text: str, expected: int) -> None:
    assert segments(text) == expected


def test_a_character_beyond_the_bmp_takes_two_units() -> None:
    assert segments("😀" * 35) == 1
    assert segments("😀" * 35 + "a") == 2


def test_an_extended_gsm_character_takes_two_septets() -> None:
    assert segments("€" * 80) == 1
    assert segments("€" * 80 + "a") == 2


def test_letters_of_the_gsm_alphabet_do_not_make_a_text_ucs2() -> None:
    assert segments("é" * 160) == 1
    assert segments("ê" * 71) == 2  # not in the alphabet
