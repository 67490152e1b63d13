"""Signing in and changing the password."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from pynamodb.exceptions import UpdateError

from chalicelib.auth import login, users
from chalicelib.auth.attempts import reserve_as_stranger
from chalicelib.auth.identity import read_identity
from chalicelib.auth.passwords import hash_password
from chalicelib.auth.session_access import verify_live
from chalicelib.auth.sessions import TokenPair, open_session
from chalicelib.auth.tokens import verify_access_token
from chalicelib.auth.users import UserChanges
from chalicelib.core import aws as clients
from chalicelib.core.errors import Conflict, Invalid, Refusal, TooFast, Unauthenticated
from chalicelib.core.outages import is_outage
from chalicelib.models.rate_limit import RateLimit
from chalicelib.models.refresh_token import RefreshToken
from chalicelib.models.user import User
from tests.auth.people import KEYS, NOW, PASSWORD, a_tenant, a_user, minutes, suspend_tenant, suspend_user
from tests.outages import away

LATER = NOW + minutes(1)
NAME = "mei@example.com"


def sign_in(
    username: str = NAME,
    password: str = PASSWORD,
    *,
    now: datetime = NOW,
    address: str = "office",
    device: str | None = None,
) -> TokenPair:
    return login.sign_in(username, password, now=now, address=address, device=device, keys=KEYS).tokens


def refusal(
    username: str = NAME,
    password: str = PASSWORD,
    *,
    now: datetime = NOW,
    address: str = "office",
    device: str | None = None,
) -> str:
    with pytest.raises(Refusal) as refused:
        sign_in(username, password, now=now, address=address, device=device)
    return refused.value.code


def device_of(address: str = "office", device: str | None = None, *, now: datetime = NOW) -> str:
    return login.sign_in(NAME, PASSWORD, now=now, address=address, device=device, keys=KEYS).device


def change_password(
    user: User, current: str = PASSWORD, new: str = "a new cylinder", *, now: datetime = LATER
) -> TokenPair:
    fresh = users.get_user(user.tenant_id, user.id)
    tenant = read_identity(user.tenant_id, user.id).tenant
    assert tenant is not None
    return login.change_password(
        tenant, fresh, current_password=current, new_password=new, address="office", now=now, keys=KEYS
    )


def comes_in(pair: TokenPair, *, now: datetime = LATER) -> bool:
    try:
        verify_live(verify_access_token(pair.access_token, now=now, keys=KEYS), now=now)
    except Unauthenticated:
        return False
    return True


@contextmanager
def dynamodb_calls() -> Iterator[list[str]]:
    """The names of the DynamoDB operations made inside."""
    calls: list[str] = []

    def record(model: Any, **_: Any) -> None:
        calls.append(model.name)

    events = clients.client("dynamodb").meta.events
    events.register("before-call.dynamodb", record)
    try:
        yield calls
    finally:
        events.unregister("before-call.dynamodb", record)


def test_the_right_password_signs_in(aws: object) -> None:
    tenant = a_tenant()
    user = a_user(tenant)

    principal = verify_access_token(sign_in().access_token, now=NOW, keys=KEYS)

    assert (principal.tenant_id, principal.user_id, principal.role) == (tenant.id, user.id, "admin")
    assert verify_live(principal, now=NOW)


@pytest.mark.parametrize("typed", ["0912345678", "0912-345-678", "+886 912 345 678"])
def test_a_phone_number_may_be_typed_in_any_way(aws: object, typed: str) -> None:
    a_user(a_tenant(), "0912 345 678")

    assert comes_in(sign_in(typed))


def test_an_email_may_be_typed_in_any_case(aws: object) -> None:
    a_user(a_tenant(), "Mei@Example.com")

    assert comes_in(sign_in(" MEI@example.COM "))


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(aws: object) -> None:
    a_user(a_tenant())

    problems = []
    for name in (NAME, "nobody@example.com", "no name at all"):
        with pytest.raises(Unauthenticated) as refused:
            sign_in(name, "wrong password")
        problems.append(refused.value.problem())

    assert problems[0] == problems[1] == problems[2]
    assert problems[0]["code"] == "wrong_credentials"


def test_an_unknown_name_costs_the_same_calls_as_a_wrong_password(aws: object) -> None:
    a_user(a_tenant())
    for _ in range(6):
        with dynamodb_calls() as for_a_known_name:
            refusal(NAME, "wrong password", address="a")
        with dynamodb_calls() as for_an_unknown_name:
            refusal("nobody@example.com", "wrong password", address="b")

        assert for_a_known_name == for_an_unknown_name != []


@pytest.mark.parametrize("name", [NAME, "nobody@example.com"])
def test_after_five_wrong_passwords_from_an_address_a_name_waits_whether_it_exists_or_not(
    aws: object, name: str
) -> None:
    a_user(a_tenant())
    for _ in range(5):
        assert refusal(name, "wrong password") == "wrong_credentials"

    with pytest.raises(TooFast) as refused:
        sign_in(name, "wrong password", now=LATER)
    assert refused.value.retry_after == 2 * 60


def test_while_waiting_the_right_password_is_not_even_looked_at(aws: object) -> None:
    a_user(a_tenant())
    for _ in range(5):
        refusal(password="wrong password")

    assert refusal() == "too_fast"
    assert refusal(now=NOW + minutes(2.9)) == "too_fast"
    assert comes_in(sign_in(now=NOW + minutes(3)), now=NOW + minutes(3))


def test_guesses_at_the_same_moment_count_like_guesses_in_a_row(aws: object) -> None:
    user = a_user(a_tenant())
    for _ in range(5):
        # Five requests that have not compared their password yet.
        reserve_as_stranger(user.username, "office", now=NOW, keys=KEYS)

    assert refusal() == "too_fast"


def test_a_stranger_who_guesses_at_a_name_does_not_lock_its_owner_out(aws: object) -> None:
    a_user(a_tenant())
    for _ in range(10):
        refusal(password="wrong password", address="stranger")

    assert comes_in(sign_in(address="office"))


def test_many_strangers_lock_a_name_but_not_the_owners_own_device(aws: object) -> None:
    a_user(a_tenant())
    device = device_of()
    for number in range(50):
        assert refusal(password="wrong password", address=f"stranger {number}") == "wrong_credentials"

    assert refusal(address="another stranger") == "too_fast"
    assert comes_in(sign_in(device=device))
    assert comes_in(sign_in(device=device, address="a new address"))


def test_an_address_that_tries_many_names_is_refused_and_uses_up_no_names_limit(aws: object) -> None:
    a_user(a_tenant())
    answers = [refusal(f"{number}@example.com", "wrong password", address="stranger") for number in range(60)]

    assert answers == ["wrong_credentials"] * 30 + ["too_many_sign_ins"] * 30
    for _ in range(60):
        assert refusal(password="wrong password", address="stranger") == "too_many_sign_ins"
    assert comes_in(sign_in(address="stranger", device=device_of("office")))


def test_an_office_behind_one_address_signs_in_as_often_as_it_likes(aws: object) -> None:
    tenant = a_tenant()
    names = [f"{number}@example.com" for number in range(40)]
    for name in names:
        a_user(tenant, name)
    for name in names:
        sign_in(name)


def test_a_known_device_has_a_limit_of_its_own(aws: object) -> None:
    a_user(a_tenant())
    device = device_of()
    for _ in range(5):
        assert refusal(password="wrong password", device=device) == "wrong_credentials"

    assert refusal(device=device) == "too_fast"
    assert comes_in(sign_in(address="office"))


def test_many_known_devices_do_not_guess_faster_than_many_addresses(aws: object) -> None:
    a_user(a_tenant())
    devices = [device_of() for _ in range(11)]
    guesses = [refusal(password="wrong password", device=each) for each in devices for _ in range(5)]

    assert guesses == ["wrong_credentials"] * 50 + ["too_fast"] * 5


@pytest.mark.parametrize("token", ["", ".", "...", "k1.x.y.z", "k1.01.99999999999.é", "k9.a.1.b", "x" * 256])
def test_a_made_up_device_is_a_strangers(aws: object, token: str) -> None:
    a_user(a_tenant())
    for _ in range(5):
        assert refusal(password="wrong password", device=token) == "wrong_credentials"

    assert refusal(device=token) == "too_fast"


def test_a_device_is_known_for_its_own_user_and_for_half_a_year_after_the_last_sign_in(aws: object) -> None:
    tenant = a_tenant()
    a_user(tenant)
    a_user(tenant, "other@example.com")
    device = device_of()
    old = NOW + timedelta(days=179)
    renewed = device_of(device=device, now=old)

    def is_known(token: str, name: str, now: datetime) -> bool:
        for _ in range(5):
            refusal(name, "wrong password", now=now, device=token)
        try:
            sign_in(name, now=now)
        except TooFast:
            return False
        return True

    assert not is_known(device, "other@example.com", NOW)
    assert not is_known(device, NAME, NOW + timedelta(days=181))
    assert is_known(renewed, NAME, NOW + timedelta(days=300))
    assert renewed.split(".")[1] == device.split(".")[1], "its limit is the same as before"


def test_the_limits_store_no_name(aws: object) -> None:
    a_user(a_tenant())
    refusal(password="wrong password")
    refusal("0912345678", "wrong password")

    keys = [row.key for row in RateLimit.scan()]
    assert len(keys) == 5
    assert not [key for key in keys if "mei" in key or "912345678" in key]


def test_no_sign_in_is_answered_while_the_limits_cannot_be_counted(aws: object) -> None:
    a_user(a_tenant())
    with away(operations={"UpdateItem"}), pytest.raises(UpdateError) as failed:
        sign_in()
    assert is_outage(failed.value)


def test_signing_in_forgives_the_mistypes_before_it(aws: object) -> None:
    a_user(a_tenant())
    for _ in range(3):
        for _ in range(4):
            refusal(password="wrong password")
        sign_in()


def test_a_suspended_user_learns_so_only_with_the_right_password(aws: object) -> None:
    user = a_user(a_tenant())
    suspend_user(user)

    assert refusal(password="wrong password") == "wrong_credentials"
    assert refusal() == "user_suspended"
    assert list(RefreshToken.scan()) == []


def test_a_user_of_a_suspended_tenant_learns_so_only_with_the_right_password(aws: object) -> None:
    tenant = a_tenant()
    a_user(tenant)
    suspend_tenant(tenant)

    assert refusal(password="wrong password") == "wrong_credentials"
    assert refusal() == "tenant_suspended"


def test_an_old_hash_is_replaced_at_the_next_sign_in(aws: object) -> None:
    user = a_user(a_tenant())
    weak = PasswordHasher(memory_cost=1024, time_cost=1, parallelism=1).hash(PASSWORD)
    user.update([User.password_hash.set(weak)])

    sign_in()

    stored = users.get_user(user.tenant_id, user.id).password_hash
    assert "m=19456,t=2,p=1" in stored
    assert comes_in(sign_in())


def test_a_session_whose_password_was_reset_while_it_was_compared_is_void(aws: object) -> None:
    tenant = a_tenant()
    user = a_user(tenant, role="office_staff")
    # Opened after the reset, by a sign-in that began before it and still saw the old hash.
    users.change_user(tenant.id, user.id, UserChanges(password="reset by admin"), by="admin", now=LATER)
    pair = open_session(tenant, user, signed_in_at=NOW, now=LATER, keys=KEYS)

    assert not comes_in(pair)


def test_a_changed_password_replaces_the_old_one(aws: object) -> None:
    user = a_user(a_tenant())

    change_password(user, PASSWORD, "a new cylinder")

    assert refusal(now=LATER) == "wrong_credentials"
    assert comes_in(sign_in(password="a new cylinder", now=LATER))


def test_a_changed_password_ends_all_sessions_but_the_new_one(aws: object) -> None:
    user = a_user(a_tenant())
    phone, office = sign_in(), sign_in()

    here = change_password(user)

    assert not comes_in(phone)
    assert not comes_in(office)
    assert comes_in(here)


def test_a_wrong_current_password_changes_nothing_and_counts_as_a_guess(aws: object) -> None:
    user = a_user(a_tenant())
    pair = sign_in()
    for _ in range(5):
        with pytest.raises(Unauthenticated) as refused:
            change_password(user, "wrong password")
        assert refused.value.code == "wrong_credentials"

    with pytest.raises(TooFast):
        change_password(user)
    assert comes_in(pair)
    assert comes_in(sign_in()), "guesses with a stolen access token do not lock the owner out"


def test_a_refused_new_password_does_not_count_as_a_guess(aws: object) -> None:
    user = a_user(a_tenant())

    for _ in range(6):
        with pytest.raises(Invalid):
            change_password(user, "wrong password", "short")

    assert comes_in(sign_in())


@pytest.mark.parametrize("weak", ["password", "12345678", "        ", "王小美王小美", "幸福瓦斯2026"])
def test_ones_new_password_is_not_easy_to_guess(aws: object, weak: str) -> None:
    user = a_user(a_tenant())

    with pytest.raises(Invalid) as refused:
        change_password(user, PASSWORD, weak)

    assert refused.value.extra["errors"][0]["field"] == "new_password"
    assert comes_in(sign_in())


def test_a_weak_password_from_before_still_signs_in(aws: object) -> None:
    user = a_user(a_tenant())
    user.update([User.password_hash.set(hash_password("12345678"))])

    assert comes_in(sign_in(password="12345678"))


def test_the_new_password_is_another_than_the_current_one(aws: object) -> None:
    user = a_user(a_tenant())

    with pytest.raises(Invalid):
        change_password(user, PASSWORD, PASSWORD)


def test_the_slower_of_two_password_changes_gets_a_conflict(aws: object) -> None:
    tenant = a_tenant()
    as_read_before = a_user(tenant, role="office_staff")
    users.change_user(tenant.id, as_read_before.id, UserChanges(password="reset by admin"), by="admin", now=LATER)

    with pytest.raises(Conflict):
        login.change_password(
            tenant,
            as_read_before,
            current_password=PASSWORD,
            new_password="a new cylinder",
            address="office",
            keys=KEYS,
        )

    assert comes_in(sign_in(password="reset by admin", now=LATER))
