"""Managing the users of a tenant."""

from typing import Any

import pytest
from msgspec import structs

from chalicelib.auth import users
from chalicelib.auth.login import sign_in
from chalicelib.auth.users import NewUser, UserChanges, UserListing
from chalicelib.core.errors import Conflict, Invalid, NotFound, Refusal, TooFast
from chalicelib.core.paging import encode_cursor
from chalicelib.models.login_name import LoginName
from chalicelib.models.user import User
from tests.auth.people import KEYS, NOW, PASSWORD, a_customer, a_driver, a_tenant, a_user, minutes

LATER = NOW + minutes(1)


def changed(user: User, changes: UserChanges, *, by: str = "another admin") -> User:
    users.change_user(user.tenant_id, user.id, changes, by=by, now=LATER)
    return users.get_user(user.tenant_id, user.id)


def test_a_new_user_can_sign_in(aws: object) -> None:
    tenant = a_tenant()

    user = a_user(tenant, "0912-345-678", role="office_staff")

    assert user.username == "+886912345678"
    assert sign_in("0912345678", PASSWORD, now=NOW, address="office", keys=KEYS)
    assert users.get_user(tenant.id, user.id).to_simple_dict() == user.to_simple_dict()


@pytest.mark.parametrize("again", ["mei@example.com", " MEI@Example.com"])
def test_a_username_is_unique_across_tenants(aws: object, again: str) -> None:
    a_user(a_tenant(), "mei@example.com")
    other = a_tenant("table")

    with pytest.raises(Conflict) as refused:
        a_user(other, again)

    assert refused.value.code == "username_taken"
    assert users.list_users(other.id, UserListing()) == ([], None)


def test_a_name_that_an_earlier_version_counted_guesses_at_can_be_taken(aws: object) -> None:
    LoginName("mei@example.com", expires_at=NOW.timestamp() + 60).save()

    user = a_user(a_tenant(), "mei@example.com")

    assert LoginName.get("mei@example.com").user_id == user.id
    assert sign_in("mei@example.com", PASSWORD, now=NOW, address="office", keys=KEYS)


@pytest.mark.parametrize("username", ["", "mei", "mei@", "12345", "+1 212 555 0100"])
def test_a_username_is_an_email_or_a_phone_number(aws: object, username: str) -> None:
    with pytest.raises(Invalid) as refused:
        a_user(a_tenant(), username)

    assert refused.value.extra["errors"][0]["field"] == "username"


def test_a_driver_and_a_customer_name_the_row_they_are(aws: object) -> None:
    tenant = a_tenant()

    assert a_user(tenant, "driver@example.com", role="driver").driver_id
    assert a_user(tenant, "customer@example.com", role="customer").customer_id


@pytest.mark.parametrize(
    ("role", "given", "field"),
    [
        ("driver", {}, "driver_id"),
        ("driver", {"driver_id": "nobody"}, "driver_id"),
        ("driver", {"driver_id": "THEIRS"}, "driver_id"),
        ("driver", {"driver_id": "OURS", "customer_id": "OURS"}, "customer_id"),
        ("customer", {}, "customer_id"),
        ("customer", {"customer_id": "THEIRS"}, "customer_id"),
        ("admin", {"driver_id": "OURS"}, "driver_id"),
        ("office_staff", {"customer_id": "OURS"}, "customer_id"),
    ],
)
def test_a_row_that_does_not_fit_the_role_or_is_not_the_tenants_is_refused(
    aws: object, role: users.Role, given: dict[str, str], field: str
) -> None:
    tenant, other = a_tenant(), a_tenant()
    rows = {
        ("driver_id", "OURS"): a_driver(tenant).id,
        ("driver_id", "THEIRS"): a_driver(other).id,
        ("customer_id", "OURS"): a_customer(tenant).id,
        ("customer_id", "THEIRS"): a_customer(other).id,
    }
    links = {name: rows.get((name, value), value) for name, value in given.items()}

    with pytest.raises(Invalid) as refused:
        users.create_user(
            tenant.id,
            NewUser(username="x@example.com", password=PASSWORD, name="陳大文", role=role, **links),
        )

    assert refused.value.extra["errors"][0]["field"] == field
    assert users.list_users(tenant.id, UserListing()) == ([], None)
    assert list(LoginName.scan()) == []


def test_another_tenants_user_is_not_there(aws: object) -> None:
    ours, theirs = a_tenant(), a_tenant()
    stranger = a_user(theirs)

    with pytest.raises(NotFound):
        users.get_user(ours.id, stranger.id)
    with pytest.raises(NotFound):
        users.change_user(ours.id, stranger.id, UserChanges(name="x"), by="admin")
    assert users.get_user(theirs.id, stranger.id).name == stranger.name


@pytest.mark.parametrize("user_id", ["", "nobody", "x" * 5000, "瓦斯", "\x00"])
def test_an_unknown_id_is_not_found(aws: object, user_id: str) -> None:
    with pytest.raises(NotFound):
        users.get_user(a_tenant().id, user_id)


def test_the_pages_of_the_list_neither_miss_nor_repeat_a_row(aws: object) -> None:
    tenant, other = a_tenant(), a_tenant()
    a_user(other, "stranger@example.com")
    made = sorted(a_user(tenant, f"user{number}@example.com").id for number in range(4))

    seen, cursor, pages = [], None, 0
    while pages == 0 or cursor is not None:
        page, cursor = users.list_users(tenant.id, UserListing(limit=2, cursor=cursor))
        seen += [user.id for user in page]
        pages += 1

    assert seen == made
    assert pages == 2


def test_a_cursor_from_another_tenants_list_shows_nothing_of_it(aws: object) -> None:
    ours, theirs = a_tenant(), a_tenant()
    for number in range(2):
        a_user(theirs, f"stranger{number}@example.com")
    _, cursor = users.list_users(theirs.id, UserListing(limit=1))

    page, _ = users.list_users(ours.id, UserListing(cursor=cursor))

    assert cursor is not None
    assert page == []


@pytest.mark.parametrize(
    "cursor", ["x", "!!!", "é", encode_cursor(1), encode_cursor(""), encode_cursor("x" * 2000)]
)
def test_an_invented_cursor_is_refused(aws: object, cursor: str) -> None:
    with pytest.raises(Invalid):
        users.list_users("t1", UserListing(cursor=cursor))


def test_changes_change_only_the_sent_fields(aws: object) -> None:
    user = a_user(a_tenant(), role="office_staff")

    after = changed(user, UserChanges(name="王美美"))

    before = user.to_simple_dict() | {"name": "王美美", "updated_at": after.updated_at}
    assert after.to_simple_dict() == before
    assert after.updated_at > user.updated_at


def test_no_changes_write_nothing(aws: object) -> None:
    user = a_user(a_tenant())

    assert changed(user, UserChanges(name=user.name)).updated_at == user.updated_at


def test_a_new_role_brings_its_row_and_drops_the_old_one(aws: object) -> None:
    tenant = a_tenant()
    user = a_user(tenant, role="driver")
    customer = a_customer(tenant)

    after = changed(user, UserChanges(role="customer", customer_id=customer.id))
    assert (after.role, after.customer_id) == ("customer", customer.id)
    assert after.driver_id is None

    after = changed(after, UserChanges(role="office_staff"))
    assert after.role == "office_staff"
    assert after.driver_id is None
    assert after.customer_id is None


@pytest.mark.parametrize(
    "changes",
    [
        UserChanges(role="driver"),
        UserChanges(role="driver", driver_id="nobody"),
        UserChanges(driver_id="nobody"),
        UserChanges(password="short"),
        UserChanges(name="new", password="x" * 129),
    ],
)
def test_a_change_that_cannot_be_leaves_everything_as_it_was(aws: object, changes: UserChanges) -> None:
    user = a_user(a_tenant(), role="office_staff")

    with pytest.raises(Invalid):
        changed(user, changes)

    assert users.get_user(user.tenant_id, user.id).to_simple_dict() == user.to_simple_dict()


def test_a_driver_cannot_lose_the_row_that_makes_a_driver(aws: object) -> None:
    user = a_user(a_tenant(), role="driver")

    with pytest.raises(Invalid):
        changed(user, UserChanges(driver_id=None))


def test_a_password_set_by_an_admin_is_the_only_one_that_works(aws: object) -> None:
    user = a_user(a_tenant(), role="office_staff")

    changed(user, UserChanges(password="set by an admin"))

    assert sign_in(user.username, "set by an admin", now=LATER, address="office", keys=KEYS)
    with pytest.raises(Refusal):
        sign_in(user.username, PASSWORD, now=LATER, address="office", keys=KEYS)


@pytest.mark.parametrize("password", ["password", "12345678", "幸福瓦斯2026", "王小美王小美"])
def test_an_admin_sets_no_password_that_is_easy_to_guess(aws: object, password: str) -> None:
    tenant = a_tenant()
    user = a_user(tenant, role="office_staff")

    with pytest.raises(Invalid):
        changed(user, UserChanges(password=password))
    with pytest.raises(Invalid):
        users.create_user(tenant.id, NewUser("new@example.com", password, "王小美", "office_staff"))

    assert users.get_user(tenant.id, user.id).to_simple_dict() == user.to_simple_dict()
    assert [each.id for each in users.list_users(tenant.id, UserListing())[0]] == [user.id]


def test_admins_do_not_set_their_own_password_as_that_of_a_user(aws: object) -> None:
    admin = a_user(a_tenant())

    with pytest.raises(Conflict) as refused:
        changed(admin, UserChanges(password="a new cylinder", current_password=PASSWORD), by=admin.id)

    assert refused.value.code == "own_password"
    assert sign_in(admin.username, PASSWORD, now=LATER, address="office", keys=KEYS)


@pytest.mark.parametrize("given", [None, "", "wrong password"])
@pytest.mark.parametrize("what", ["reset an admin", "promote to admin", "reset while promoting"])
def test_access_as_an_admin_needs_the_acting_admins_password(aws: object, what: str, given: str | None) -> None:
    tenant = a_tenant()
    acting = a_user(tenant)
    user = a_user(tenant, "other@example.com", role="admin" if what == "reset an admin" else "office_staff")
    change: dict[str, Any] = {
        "reset an admin": {"password": "a new cylinder"},
        "promote to admin": {"role": "admin"},
        "reset while promoting": {"role": "admin", "password": "a new cylinder"},
    }[what]

    with pytest.raises(Invalid) as refused:
        changed(user, UserChanges(**change, current_password=given), by=acting.id)

    assert refused.value.code == ("password_needed" if given is None else "password_wrong")
    assert refused.value.extra["errors"][0]["field"] == "current_password"
    assert users.get_user(tenant.id, user.id).to_simple_dict() == user.to_simple_dict()
    after = changed(user, UserChanges(**change, current_password=PASSWORD), by=acting.id)
    assert after.role == "admin"


@pytest.mark.parametrize("given", [None, "wrong password"])
def test_a_new_admin_needs_the_acting_admins_password(aws: object, given: str | None) -> None:
    tenant = a_tenant()
    acting = a_user(tenant)
    new = NewUser("new@example.com", "a new cylinder", "陳", "admin", current_password=given)

    with pytest.raises(Invalid):
        users.create_user(tenant.id, new, by=acting.id)
    assert [each.id for each in users.list_users(tenant.id, UserListing())[0]] == [acting.id]

    users.create_user(tenant.id, structs.replace(new, current_password=PASSWORD), by=acting.id)


def test_the_acting_admins_password_cannot_be_guessed_without_end(aws: object) -> None:
    tenant = a_tenant()
    acting, other = a_user(tenant), a_user(tenant, "other@example.com")
    wrong = UserChanges(password="a new cylinder", current_password="wrong password")
    for _ in range(5):
        with pytest.raises(Invalid):
            changed(other, wrong, by=acting.id)

    with pytest.raises(TooFast):
        changed(other, structs.replace(wrong, current_password=PASSWORD), by=acting.id)


def test_the_confirming_password_alone_changes_nothing(aws: object) -> None:
    tenant = a_tenant()
    acting, other = a_user(tenant), a_user(tenant, "other@example.com")

    after = changed(other, UserChanges(current_password=PASSWORD), by=acting.id)

    assert after.updated_at == other.updated_at


@pytest.mark.parametrize("changes", [UserChanges(status="suspended"), UserChanges(role="office_staff")])
def test_admins_cannot_shut_themselves_out(aws: object, changes: UserChanges) -> None:
    admin = a_user(a_tenant())

    with pytest.raises(Conflict) as refused:
        changed(admin, changes, by=admin.id)

    assert refused.value.code == "own_account"
    after = users.get_user(admin.tenant_id, admin.id)
    assert (after.role, after.status) == ("admin", "active")


def test_admins_may_rename_themselves(aws: object) -> None:
    admin = a_user(a_tenant())

    assert changed(admin, UserChanges(name="新名字"), by=admin.id).name == "新名字"


def test_the_password_hash_is_never_shown(aws: object) -> None:
    user = a_user(a_tenant())

    assert user.password_hash not in str(users.user_view(user))
    assert "password" not in str(users.user_view(user))
