"""Which passwords are accepted, how they are stored and compared."""

import pytest
from argon2 import PasswordHasher

from chalicelib.auth.passwords import check_password, hash_password, needs_rehash, verify_password
from chalicelib.core.errors import Invalid

NAMES = ("mei.wang@gasshop.example", "王小美", "幸福瓦斯行")


def fault(password: str, names: tuple[str, ...] = NAMES) -> str | None:
    """The problem of a password; None if it is accepted."""
    try:
        check_password("password", password, names=names)
    except Invalid as refused:
        return str(refused.extra["errors"][0]["message"])
    return None


def test_a_password_matches_its_own_hash_only() -> None:
    stored = hash_password("瓦斯桶-2026")

    assert verify_password(stored, "瓦斯桶-2026")
    assert not verify_password(stored, "瓦斯桶-2027")


def test_the_hash_is_argon2id_with_the_parameters_owasp_asks_for() -> None:
    assert hash_password("cylinder-42").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_the_same_password_never_gives_the_same_hash() -> None:
    assert hash_password("cylinder-42") != hash_password("cylinder-42")


def test_without_a_user_no_password_is_right() -> None:
    assert not verify_password(None, "what an unknown user's password is compared with")


def test_a_password_is_never_compared_by_its_first_characters_alone() -> None:
    stored = hash_password("x" * 128)

    assert verify_password(stored, "x" * 128)
    assert not verify_password(stored, "x" * 129)


def test_a_hash_made_with_weaker_parameters_needs_a_rehash() -> None:
    weak = PasswordHasher(memory_cost=1024, time_cost=1, parallelism=1).hash("cylinder-42")

    assert needs_rehash(weak)
    assert not needs_rehash(hash_password("cylinder-42"))


@pytest.mark.parametrize("password", ["", "short-7", "x" * 129, "瓦斯行的密碼七"])
def test_a_password_too_short_or_too_long_is_refused_with_its_field(password: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_password("new_password", password, names=())

    assert refused.value.extra["errors"] == [{"field": "new_password", "message": "must have 8 to 128 characters"}]


@pytest.mark.parametrize(
    "password",
    [
        *("password", "12345678", "Password1!", "P@ssw0rd2026", "iloveyou1314", "1qaz@WSX", "qwertyuiop"),
        *("        ", "x" * 128, "瓦斯瓦斯瓦斯瓦斯", "１２３４５６７８", "ｐａｓｓｗｏｒｄ", "19900101"),
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused(password: str) -> None:
    assert fault(password) == "too easy to guess"


@pytest.mark.parametrize("password", ["王小美王小美12", "幸福瓦斯行2026", "gasshop2026", "幸福瓦斯行幸福瓦斯行"])
def test_names_of_the_user_and_the_shop_make_a_password_easy_to_guess(password: str) -> None:
    assert fault(password) == "too easy to guess"


def test_a_users_phone_number_is_easy_to_guess_in_both_forms() -> None:
    faults = {fault(form, ("+886928374651",)) for form in ("0928374651", "+886928374651", "886928374651")}
    assert faults == {"too easy to guess"}
    assert fault("0928374651", ("+886911222333",)) is None


@pytest.mark.parametrize(
    "password",
    ["瓦斯桶-2026", "一路順風平安回家", "correct horse battery", "k7mp-q2xv-abcd-efgh", " x7 瓦斯 桶9 "],
)
def test_passwords_in_chinese_phrases_and_random_ones_are_accepted_as_they_are(password: str) -> None:
    assert check_password("password", password, names=NAMES) == password


@pytest.mark.parametrize("typed", ["瓦斯桶－２０２６", "瓦斯桶-2026"])
def test_full_width_characters_are_the_same_password(typed: str) -> None:
    assert verify_password(hash_password("瓦斯桶-2026"), typed)
    assert verify_password(hash_password("瓦斯桶－２０２６"), typed)


def test_a_hash_of_a_password_as_it_was_typed_still_matches() -> None:
    older = PasswordHasher(memory_cost=1024, time_cost=1, parallelism=1).hash("瓦斯桶－２０２６")

    assert verify_password(older, "瓦斯桶－２０２６")


def test_spaces_at_the_ends_are_part_of_a_password() -> None:
    assert not verify_password(hash_password(" cylinder-42 "), "cylinder-42")


def test_an_invalid_hash_matches_no_password() -> None:
    assert verify_password("not a hash", "password") is False
