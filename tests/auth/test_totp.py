"""Codes of an authenticator app: turned on, asked for, used once, turned off."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pyotp import TOTP

from chalicelib.auth import login, totp
from chalicelib.auth.users import get_user
from chalicelib.core.clock import now as clock_now
from chalicelib.core.errors import Conflict, Invalid, Refusal, TooFast, Unavailable
from chalicelib.models.refresh_token import RefreshToken
from chalicelib.models.user import User
from tests.api_client import Answer, ApiClient
from tests.auth.people import KEYS, NOW, PASSWORD, a_tenant, a_user, minutes

NAME = "mei@example.com"
STEP = timedelta(seconds=30)


def turned_on(user: User) -> tuple[TOTP, list[str]]:
    """The user's app, which has used its code of NOW, and the recovery codes."""
    app = TOTP(totp.start(fresh(user), PASSWORD, address="office", now=NOW).secret)
    return app, totp.confirm(fresh(user), app.at(NOW), now=NOW)


def fresh(user: User) -> User:
    return get_user(user.tenant_id, user.id)


def outcome(code: str | None, *, now: datetime = NOW + STEP, password: str = PASSWORD) -> str:
    """The result of a sign-in: `ok`, or the code of the refusal."""
    try:
        login.sign_in(NAME, password, code=code, address="office", now=now, keys=KEYS)
    except Refusal as refusal:
        return refusal.code
    return "ok"


def test_a_sign_in_takes_a_code_and_only_after_the_right_password(aws: object) -> None:
    app, _ = turned_on(a_user(a_tenant()))
    code = app.at(NOW + STEP)

    assert outcome(code, password="wrong password") == "wrong_credentials"
    assert outcome(None) == "totp_required"
    assert RefreshToken.count() == 0
    assert outcome(code) == "ok"


def test_users_without_second_factor_need_no_code_and_a_sent_one_is_ignored(aws: object) -> None:
    user = a_user(a_tenant())
    assert outcome(None) == outcome("123456") == "ok"

    totp.start(fresh(user), PASSWORD, address="office", now=NOW)
    assert outcome(None) == "ok", "not confirmed"


def test_a_code_works_once_and_no_earlier_one_after_it(aws: object) -> None:
    app, _ = turned_on(a_user(a_tenant()))

    assert outcome(app.at(NOW)) == "totp_wrong", "it has confirmed the secret"
    assert outcome(app.at(NOW + 2 * STEP)) == "ok"
    assert outcome(app.at(NOW + 2 * STEP)) == "totp_wrong"
    assert outcome(app.at(NOW + STEP)) == "totp_wrong"


def test_of_two_sign_ins_with_one_code_at_once_one_wins(aws: object) -> None:
    user = a_user(a_tenant())
    app, (recovery, *_) = turned_on(user)
    one, other = fresh(user), fresh(user)
    moment = NOW + STEP

    for code in (app.at(moment), recovery):
        assert totp.use_code(one, code, now=moment)
        assert not totp.use_code(other, code, now=moment)


@pytest.mark.parametrize(("late", "expected"), [(-30, "ok"), (0, "ok"), (30, "ok"), (60, "totp_wrong")])
def test_a_phones_clock_may_be_half_a_minute_wrong(aws: object, late: int, expected: str) -> None:
    app, _ = turned_on(a_user(a_tenant()))
    moment = NOW + minutes(10)

    assert outcome(app.at(moment - timedelta(seconds=late)), now=moment) == expected


@pytest.mark.parametrize(
    "code", ["", " ", "000000", "12345", "1234567", "瓦斯瓦斯瓦斯", "１２３４５６", "abcd-abcd-abcd-abcd"]
)
def test_a_text_that_is_no_code_is_wrong(aws: object, code: str) -> None:
    turned_on(a_user(a_tenant()))

    assert outcome(code) == "totp_wrong"


def test_a_code_may_be_typed_in_groups(aws: object) -> None:
    app, (recovery, *_) = turned_on(a_user(a_tenant()))
    code = app.at(NOW + STEP)

    assert outcome(f" {code[:3]} {code[3:]} ") == "ok"
    assert outcome(f" {recovery.upper()} ") == "ok"


def test_each_recovery_code_works_once(aws: object) -> None:
    _, codes = turned_on(a_user(a_tenant()))

    assert len(set(codes)) == 10
    assert all(re.fullmatch("([a-z2-9]{4}-){3}[a-z2-9]{4}", each) for each in codes)
    for code in codes:
        assert outcome(code) == "ok"
        assert outcome(code) == "totp_wrong"
    assert outcome(codes[0]) == "totp_wrong"


def test_wrong_codes_are_limited_before_they_are_compared(aws: object) -> None:
    app, (recovery, *_) = turned_on(a_user(a_tenant()))
    for _ in range(5):
        assert outcome("000000") == "totp_wrong"

    assert outcome(app.at(NOW + STEP)) == outcome(recovery) == "too_fast"
    later = NOW + minutes(4)
    assert outcome(app.at(later), now=later) == "ok"


def test_right_codes_are_not_limited(aws: object) -> None:
    app, _ = turned_on(a_user(a_tenant()))

    for number in range(2, 12):
        moment = NOW + number * STEP
        assert outcome(app.at(moment), now=moment) == "ok"


def test_guesses_while_it_is_set_up_are_limited_too(aws: object) -> None:
    user = a_user(a_tenant())
    totp.start(fresh(user), PASSWORD, address="office", now=NOW)
    for _ in range(5):
        with pytest.raises(Invalid):
            totp.confirm(fresh(user), "000000", now=NOW)

    with pytest.raises(TooFast):
        totp.confirm(fresh(user), "000000", now=NOW)
    assert fresh(user).totp_salt is None


def test_a_copy_of_the_row_shows_no_secret_and_no_code(aws: object) -> None:
    user = a_user(a_tenant())
    app, codes = turned_on(user)

    row = str(fresh(user).to_dynamodb_dict())

    for secret in (app.secret, app.byte_secret().hex(), *codes):
        assert secret not in row


def test_every_user_and_every_setup_has_a_secret_of_its_own(aws: object) -> None:
    tenant = a_tenant()
    one, other = a_user(tenant), a_user(tenant, "other@example.com")

    made = [totp.start(fresh(each), PASSWORD, address="office", now=NOW).secret for each in (one, other, one)]

    assert len(set(made)) == 3
    assert all(len(each) == 32 for each in made)


def test_turning_on_takes_the_password_and_happens_once(aws: object) -> None:
    user = a_user(a_tenant())
    with pytest.raises(Invalid) as refused:
        totp.start(fresh(user), "wrong password", address="office", now=NOW)
    assert refused.value.code == "password_wrong"
    with pytest.raises(Conflict):
        totp.confirm(fresh(user), "000000", now=NOW)

    app, _ = turned_on(user)
    with pytest.raises(Conflict):
        totp.start(fresh(user), PASSWORD, address="office", now=NOW)
    assert outcome(app.at(NOW + STEP)) == "ok"


def test_an_old_setup_is_not_confirmed_after_a_new_one_began(aws: object) -> None:
    user = a_user(a_tenant())
    app = TOTP(totp.start(fresh(user), PASSWORD, address="office", now=NOW).secret)
    as_read_before = fresh(user)
    totp.start(fresh(user), PASSWORD, address="office", now=NOW)

    with pytest.raises(Conflict):
        totp.confirm(as_read_before, app.at(NOW), now=NOW)
    assert outcome(None) == "ok"


def test_turning_off_takes_the_password_and_a_code(aws: object) -> None:
    user = a_user(a_tenant())
    app, (recovery, *_) = turned_on(user)
    code = app.at(NOW + STEP)
    for password, given, expected in (
        ("wrong password", code, "password_wrong"),
        (PASSWORD, "000000", "totp_wrong"),
    ):
        with pytest.raises(Invalid) as refused:
            totp.turn_off(fresh(user), password, given, address="office", now=NOW + STEP)
        assert refused.value.code == expected
    assert outcome(None) == "totp_required"

    totp.turn_off(fresh(user), PASSWORD, recovery, address="office", now=NOW + STEP)

    assert outcome(None) == "ok"
    left = fresh(user).to_dynamodb_dict()
    assert not {name for name in left if name.startswith(("totp", "recovery"))}
    with pytest.raises(Conflict):
        totp.turn_off(fresh(user), PASSWORD, code, address="office", now=NOW + STEP)


def test_a_password_reset_leaves_the_second_factor(aws: object) -> None:
    user = a_user(a_tenant())
    app, _ = turned_on(user)
    login.change_password(
        a_tenant(), fresh(user), current_password=PASSWORD, new_password="a new cylinder", address="x", keys=KEYS
    )
    moment = clock_now() + STEP

    assert outcome(None, password="a new cylinder", now=moment) == "totp_required"
    assert outcome(app.at(moment), password="a new cylinder", now=moment) == "ok"


def test_without_the_stages_key_no_one_signs_in_without_a_code(aws: object) -> None:
    user = a_user(a_tenant())
    turned_on(user)

    def no_key() -> bytes:
        raise Unavailable("no")

    with pytest.raises(Unavailable):
        totp.use_code(fresh(user), "123456", now=NOW, key=no_key)


def test_a_stage_without_a_key_is_unavailable(aws: object) -> None:
    from chalicelib.core import aws as clients

    ssm = clients.client("ssm")
    ssm.delete_parameter(Name="/luckygas/test/totp-key")
    totp.stage_key.cache_clear()

    with pytest.raises(Unavailable) as refused:
        totp.stage_key()

    assert isinstance(refused.value.__cause__, ClientError)


def over_http(api: ApiClient, user: User, path: str, body: dict[str, Any]) -> Answer:
    return api.post(f"/v1/auth/totp/{path}", body, as_=user)


def test_over_http_an_admin_turns_codes_on_signs_in_with_one_and_turns_them_off(api: ApiClient) -> None:
    user = a_user(a_tenant(now=clock_now()), now=clock_now())
    credentials = {"username": NAME, "password": PASSWORD}

    setup = over_http(api, user, "start", {"current_password": PASSWORD})
    assert setup.body["qr_svg"].startswith("<svg")
    app = TOTP(setup.body["secret"])
    confirmed = over_http(api, user, "confirm", {"code": app.at(clock_now())})
    first, second, *_ = confirmed.body["recovery_codes"]

    refused = api.post("/v1/auth/login", credentials)
    assert (refused.status, refused.body["code"]) == (401, "totp_required")
    wrong = api.post("/v1/auth/login", {**credentials, "totp_code": "0"})
    assert (wrong.status, wrong.body["code"]) == (401, "totp_wrong")
    signed_in = api.post("/v1/auth/login", {**credentials, "totp_code": first})
    assert (signed_in.status, signed_in.body["user"]["totp"]) == (200, True)

    assert over_http(api, user, "start", {"current_password": PASSWORD}).body["code"] == "totp_on"
    end = {"current_password": PASSWORD, "code": second}
    assert over_http(api, user, "remove", end).status == 204
    assert over_http(api, user, "remove", end).body["code"] == "totp_off"
    assert api.post("/v1/auth/login", credentials).status == 200


def test_a_demoted_admin_may_still_turn_codes_off(api: ApiClient) -> None:
    user = a_user(a_tenant(now=clock_now()), now=clock_now())
    app = TOTP(over_http(api, user, "start", {"current_password": PASSWORD}).body["secret"])
    codes = over_http(api, user, "confirm", {"code": app.at(clock_now())}).body["recovery_codes"]
    user.refresh()
    user.update([User.role.set("office_staff")])
    user.refresh()
    clerk = ApiClient(api._http)

    assert over_http(clerk, user, "start", {"current_password": PASSWORD}).status == 403
    assert over_http(clerk, user, "remove", {"current_password": PASSWORD, "code": codes[0]}).status == 204
