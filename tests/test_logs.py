"""What the log keeps to itself, and what it must not."""

import pytest

from chalicelib.logs import masked


@pytest.mark.parametrize("field", ["token", "refresh_token", "password", "api_key", "Authorization"])
def test_a_secret_is_hidden_wherever_it_stands(field: str) -> None:
    assert masked({"a": [{field: "s3cret"}]}) == {"a": [{field: "[hidden]"}]}
    assert masked({field: b"s3cret"}) == {field: "[hidden]"}
    assert masked({field: {"deep": ["s3cret"]}}) == {field: "[hidden]"}


@pytest.mark.parametrize("value", [3, 0, 1.5, True, False, None])
def test_a_count_of_expired_tokens_can_be_read(value: object) -> None:
    assert masked({"token_expired": value, "password_changed": value}) == {
        "token_expired": value,
        "password_changed": value,
    }
