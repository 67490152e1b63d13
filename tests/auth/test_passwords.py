"""How passwords are kept and compared."""

import pytest
from argon2 import PasswordHasher

from chalicelib.auth.passwords import check_password, hash_password, needs_rehash, verify_password
from chalicelib.errors import Invalid


def test_a_password_matches_its_own_hash_only() -> None:
    kept = hash_password("瓦斯桶-2026")

    assert verify_password(kept, "瓦斯桶-2026")
    assert not verify_password(kept, "瓦斯桶-2027")


def test_the_hash_is_argon2id_with_the_parameters_owasp_asks_for() -> None:
    assert hash_password("cylinder-42").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_the_same_password_never_gives_the_same_hash() -> None:
    assert hash_password("cylinder-42") != hash_password("cylinder-42")


def test_without_a_user_no_password_is_right() -> None:
    assert not verify_password(None, "what an unknown user's password is compared with")


def test_a_password_is_never_compared_by_its_first_characters_alone() -> None:
    kept = hash_password("x" * 128)

    assert verify_password(kept, "x" * 128)
    assert not verify_password(kept, "x" * 129)


def test_a_hash_made_with_weaker_parameters_wants_to_be_made_anew() -> None:
    weak = PasswordHasher(memory_cost=1024, time_cost=1, parallelism=1).hash("cylinder-42")

    assert needs_rehash(weak)
    assert not needs_rehash(hash_password("cylinder-42"))


@pytest.mark.parametrize("password", ["", "short-7", "x" * 129])
def test_a_password_too_short_or_too_long_is_refused_with_its_field(password: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_password("new_password", password)

    assert refused.value.extra["errors"][0]["field"] == "new_password"


@pytest.mark.parametrize("password", ["12345678", "x" * 128, "        ", "瓦斯瓦斯瓦斯瓦斯"])
def test_length_is_all_that_is_asked_of_a_password(password: str) -> None:
    assert check_password("password", password) == password


def test_a_hash_that_is_none_is_nobodys_password() -> None:
    assert verify_password("not a hash", "password") is False
