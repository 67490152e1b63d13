"""Creating a tenant and its first admin: the admin can sign in, or neither exists."""

import re

import pytest

from chalicelib.auth.first_admin import create_tenant, new_tenant_with_admin
from chalicelib.auth.passwords import readable_secret
from chalicelib.core.errors import Conflict
from chalicelib.models.login_name import LoginName
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User
from infra.ops.new_business import main
from tests.api_client import ApiClient
from tests.factories import PASSWORD, Business

GAS = ("--name", " 新開瓦斯行 ", "--kind", "delivery", "--username", "Boss@New.example")


def stored() -> tuple[list[Tenant], list[User], list[LoginName]]:
    return list(Tenant.scan()), list(User.scan()), list(LoginName.scan())


def test_the_first_admin_signs_in_with_the_printed_password_and_makes_the_others(
    stage: str, api: ApiClient, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--stage", stage, *GAS, "--yes"]) == 0
    sent = capsys.readouterr().out
    [password] = re.findall(r"signs in at https://gas.example/api/console with (\S+)", sent)
    assert sent.count(password) == 1
    answer = api.post("/v1/auth/login", {"username": "boss@new.example", "password": password})
    assert answer.body["user"]["password_change"] == "required"
    change = {"current_password": password, "new_password": PASSWORD}
    assert api.post("/v1/auth/password", change, token=answer.body["access_token"]).status == 200
    [tenant], [user], _ = stored()
    assert tenant.id in sent
    assert (tenant.name, tenant.kind, tenant.time_zone) == ("新開瓦斯行", "delivery", "Asia/Taipei")
    user.refresh()
    clerk = {"username": "0912345678", "password": PASSWORD, "name": "王", "role": "office_staff"}
    assert api.post("/v1/users", clerk, as_=user).status == 201


def test_another_time_zone(stage: str) -> None:
    sushi = ("--name", "Sushi", "--kind", "table", "--username", "chef@sushi.example", "--time-zone", "Asia/Tokyo")
    assert main(["--stage", stage, *sushi, "--yes"]) == 0
    [tenant], *_ = stored()
    assert (tenant.kind, tenant.time_zone) == ("table", "Asia/Tokyo")


def test_without_a_yes_it_only_prints_its_plan(stage: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--stage", stage, *GAS]) == 0
    sent = capsys.readouterr().out
    assert sent.startswith("YES=1 makes 新開瓦斯行 (delivery, Asia/Taipei) with the admin boss@new.example")
    assert stored() == ([], [], [])


@pytest.mark.parametrize("yes", [[], ["--yes"]], ids=["asked", "done"])
@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--username", "nobody"], "username: neither an email address nor a phone number"),
        (["--time-zone", "Asia/Atlantis"], "time_zone: not an IANA time zone"),
        (["--name", " "], "name: must not be empty"),
    ],
)
def test_an_impossible_request_is_refused_and_creates_nothing(
    stage: str, capsys: pytest.CaptureFixture[str], more: list[str], says: str, yes: list[str]
) -> None:
    assert main(["--stage", stage, *GAS, *more, *yes]) == 1
    assert says in capsys.readouterr().err
    assert stored() == ([], [], [])


@pytest.mark.parametrize("yes", [[], ["--yes"]], ids=["asked", "done"])
def test_a_username_of_another_business_is_refused(
    stage: str, gas: Business, capsys: pytest.CaptureFixture[str], yes: list[str]
) -> None:
    before = [[row.to_simple_dict() for row in rows] for rows in stored()]
    assert main(["--stage", stage, *GAS, "--username", gas.staff.username.upper(), *yes]) == 1
    assert f"a user signs in as {gas.staff.username} already" in capsys.readouterr().err
    assert [[row.to_simple_dict() for row in rows] for rows in stored()] == before


def test_a_username_that_is_taken_at_this_moment_leaves_no_business_without_an_admin(aws: None) -> None:
    made, late = (
        new_tenant_with_admin(name, "table", "b@x.example", PASSWORD, time_zone="Asia/Taipei") for name in "甲乙"
    )
    create_tenant(*made)
    with pytest.raises(Conflict):
        create_tenant(*late)
    assert [tenant.name for tenant in Tenant.scan()] == ["甲"]
    assert [user.tenant_id for user in User.scan()] == [made[0].id]


def test_passwords_are_long_and_never_the_same() -> None:
    made = {readable_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch(r"([a-km-np-z2-9]{4}-){3}[a-km-np-z2-9]{4}", each) for each in made)
