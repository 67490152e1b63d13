"""Usernames are unique across tenants; this reveals little about other tenants' users to an admin."""

from datetime import timedelta

import pytest

from chalicelib.auth import users
from chalicelib.auth.new_names import NEW_NAMES, report_taken
from chalicelib.auth.rate_limits import spend
from chalicelib.auth.users import NewUser, UserListing
from chalicelib.core.clock import now
from chalicelib.core.errors import Conflict, Refusal, TooFast
from chalicelib.models.login_name import LoginName
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User
from tests.auth.people import NOW, a_tenant, a_user
from tests.factories import Business, delivery_business
from tests.imports.files import checked, csv_file, reported
from tests.world import World


def tried(tenant: Tenant, admin: User, username: str) -> str:
    """The result of an admin's creating a user of this name: `made`, or the code of the refusal."""
    try:
        new = NewUser(username, "a new cylinder", "陳", "office_staff")
        users.create_user(tenant.id, new, by=admin.id, now=NOW)
    except Refusal as refusal:
        return refusal.code
    return "made"


def used_up(tenant_id: str, left: int) -> None:
    """As after many names: so much of the limit is left."""
    spend(NEW_NAMES, tenant_id, now=NOW, cost=NEW_NAMES.most - left)


def test_a_taken_name_has_the_same_answer_for_any_owner(aws: object) -> None:
    tenant = a_tenant()
    admin = a_user(tenant)
    a_user(tenant, "ours@example.com")
    a_user(a_tenant(), "theirs@example.com")

    answers = []
    for name in ("ours@example.com", "theirs@example.com"):
        with pytest.raises(Conflict) as refused:
            users.create_user(
                tenant.id, NewUser(name, "a new cylinder", "陳", "office_staff"), by=admin.id, now=NOW
            )
        answers.append(refused.value.problem())

    assert answers[0] == answers[1]


def test_after_thirty_taken_names_free_ones_are_refused_alike(aws: object) -> None:
    tenant = a_tenant()
    admin = a_user(tenant)
    a_user(a_tenant(), "theirs@example.com")
    used_up(tenant.id, left=20)

    answers = [tried(tenant, admin, "theirs@example.com") for _ in range(3)]

    assert answers == ["username_taken", "username_taken", "too_fast"]
    assert tried(tenant, admin, "free@example.com") == "too_fast"
    assert [user.id for user in users.list_users(tenant.id, UserListing())[0]] == [admin.id]
    assert "free@example.com" not in {row.username for row in LoginName.scan()}


def test_another_business_is_not_stopped_by_it(aws: object) -> None:
    used_up(a_tenant().id, left=0)
    other = a_tenant()

    assert tried(other, a_user(other), "free@example.com") == "made"


def test_free_names_cost_a_tenth(aws: object) -> None:
    tenant = a_tenant()
    admin = a_user(tenant)
    used_up(tenant.id, left=12)

    answers = [tried(tenant, admin, f"user{number}@example.com") for number in range(4)]

    assert answers == ["made", "made", "made", "too_fast"]


def test_the_operator_is_not_limited(aws: object) -> None:
    tenant = a_tenant()
    used_up(tenant.id, left=0)

    assert a_user(tenant)


def test_a_file_of_names_shows_no_more_than_single_ones(world: World, gas: Business) -> None:
    other = delivery_business()
    theirs = [user.username for user in User.query(other.tenant.id)]
    rows = [(name, "X", "office_staff") for name in (*theirs, "free@example.com", gas.staff.username)]
    content = csv_file(("email", "name", "role"), *rows)
    spend(NEW_NAMES, gas.tenant.id, now=now(), cost=NEW_NAMES.most - 10)

    row = checked(world, gas.admin, "users", content)

    lines = reported(world.api, gas.admin, row["id"], only="errors")
    assert [line["errors"][0]["message"] for line in lines] == ["too many are taken: try again in an hour"] * (
        len(theirs) + 1
    )


def test_names_of_files_count_like_single_ones(aws: object) -> None:
    report_taken("t1", 29, now=NOW)
    with pytest.raises(TooFast):
        report_taken("t1", 2, now=NOW)
    report_taken("t1", 1, now=NOW)
    with pytest.raises(TooFast):
        report_taken("t1", 1, now=NOW + timedelta(minutes=1))
    report_taken("t1", 1, now=NOW + timedelta(minutes=2))
