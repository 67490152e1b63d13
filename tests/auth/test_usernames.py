"""The normal form of usernames."""

import pytest

from chalicelib.auth.usernames import login_key, normalise_username


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Mei@Example.COM ", "mei@example.com"),
        ("0912-345-678", "+886912345678"),
        ("+886 912 345 678", "+886912345678"),
        ("(02) 2345-6789", "+886223456789"),
    ],
)
def test_one_person_typing_differently_has_one_name(typed: str, stored: str) -> None:
    assert normalise_username(typed) == stored
    assert login_key(typed) == stored


@pytest.mark.parametrize(
    "typed", ["", "mei", "@example.com", "mei@", "mei@example", "a b@example.com", "x" * 250 + "@example.com"]
)
def test_a_text_that_is_neither_email_nor_phone_is_no_username(typed: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        normalise_username(typed)


@pytest.mark.parametrize("typed", ["", "  ", "mei", "x" * 5000, "\x00", "mei@"])
def test_any_text_can_be_tried_at_sign_in(typed: str) -> None:
    assert 0 < len(login_key(typed)) <= 254
