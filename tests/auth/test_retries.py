"""A refresh whose answer was lost: for a minute, only the client that sent it receives the same answer again."""

from datetime import timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.auth import retries, sessions
from chalicelib.auth.identity import Identity, read_identity
from chalicelib.auth.sessions import TokenPair
from chalicelib.core.errors import Forbidden, Unauthenticated
from chalicelib.models.refresh_token import RefreshToken
from chalicelib.models.tenant import Tenant
from tests.auth.people import KEYS, NOW, a_tenant, a_user, minutes, suspend_tenant
from tests.auth.test_sessions import bearer, refresh, refused_entry, refused_refresh, signed_in

KEY: Final = "a key of one request"
OTHER: Final = "another client's key"
LATER: Final = NOW + minutes(10)


def first_token() -> str:
    tenant = a_tenant()
    return signed_in(tenant, a_user(tenant)).refresh_token


@pytest.mark.parametrize("seconds", [0, 1, 60])
def test_the_same_request_is_answered_with_the_same_refresh_token_for_a_minute(aws: object, seconds: int) -> None:
    token = first_token()
    lost = refresh(token, retry_key=KEY)

    moment = LATER + timedelta(seconds=seconds)
    again = refresh(token, retry_key=KEY, now=moment)

    assert again.refresh_token == lost.refresh_token
    assert bearer(again, now=moment).session_id == token.partition(".")[0]
    assert refresh(again.refresh_token).access_token


@pytest.mark.parametrize("key", [None, OTHER, "", KEY + "x"])
def test_a_copy_of_the_token_without_its_key_ends_the_family(aws: object, key: str | None) -> None:
    token = first_token()
    good = refresh(token, retry_key=KEY)

    assert refused_refresh(token, retry_key=key) == "refresh_token_reused"

    assert refused_refresh(good.refresh_token) == "invalid_refresh_token"
    assert refused_entry(bearer(good, now=LATER)) == "session_revoked"
    assert refused_refresh(token, retry_key=KEY) == "invalid_refresh_token"


def test_a_retry_with_a_token_that_a_thief_has_used_ends_the_session(aws: object) -> None:
    token = first_token()
    thief = refresh(token, retry_key=OTHER)

    assert refused_refresh(token, retry_key=KEY) == "refresh_token_reused"

    assert refused_refresh(thief.refresh_token) == "invalid_refresh_token"


def test_after_a_minute_token_and_key_are_as_old_as_any(aws: object) -> None:
    token = first_token()
    refresh(token, retry_key=KEY)

    assert refused_refresh(token, retry_key=KEY, now=LATER + timedelta(seconds=61)) == "refresh_token_reused"


@pytest.mark.parametrize("next_key", [None, KEY, OTHER])
def test_once_the_successor_was_used_token_and_key_end_the_family(aws: object, next_key: str | None) -> None:
    token = first_token()
    second = refresh(token, retry_key=KEY)
    third = refresh(second.refresh_token, retry_key=next_key)

    assert refused_refresh(token, retry_key=KEY) == "refresh_token_reused"

    assert refused_refresh(third.refresh_token) == "invalid_refresh_token"


def test_a_refresh_without_a_key_cannot_be_asked_again_with_one(aws: object) -> None:
    token = first_token()
    second = refresh(refresh(token, retry_key=KEY).refresh_token)

    assert RefreshToken.get(token.partition(".")[0]).retry_sealed is None
    assert refused_refresh(token, retry_key=KEY) == "refresh_token_reused"
    assert refused_refresh(second.refresh_token) == "invalid_refresh_token"


def test_two_tries_of_one_request_at_the_same_moment_have_the_same_answer(aws: object) -> None:
    token = first_token()
    answers: list[TokenPair] = []

    def read_while_the_other_try_is_faster(tenant_id: str, user_id: str, session_id: str) -> Identity:
        found = read_identity(tenant_id, user_id, session_id)
        if not answers:
            answers.append(refresh(token, retry_key=KEY))
        return found

    late = sessions.refresh(token, now=LATER, keys=KEYS, retry_key=KEY, read=read_while_the_other_try_is_faster)

    assert late.refresh_token == answers[0].refresh_token
    assert refresh(late.refresh_token)


def test_a_sign_out_before_the_second_try_stands(aws: object) -> None:
    token = first_token()
    session_id = token.partition(".")[0]

    def read_while_the_user_signs_out(tenant_id: str, user_id: str, session_id: str) -> Identity:
        found = read_identity(tenant_id, user_id, session_id)
        refresh(token, retry_key=KEY)
        sessions.revoke(session_id, now=LATER)
        return found

    with pytest.raises(Unauthenticated):
        sessions.refresh(token, now=LATER, keys=KEYS, retry_key=KEY, read=read_while_the_user_signs_out)
    assert refused_refresh(token, retry_key=KEY) == "invalid_refresh_token"
    assert RefreshToken.get(session_id).revoked_at


def test_a_second_attempt_is_admitted_by_the_rules_of_the_first(aws: object) -> None:
    tenant = a_tenant()
    token = signed_in(tenant, a_user(tenant)).refresh_token
    refresh(token, retry_key=KEY)
    suspend_tenant(tenant)

    with pytest.raises(Forbidden):
        refresh(token, retry_key=KEY)

    tenant.update([Tenant.status.set("active")])
    assert refresh(token, retry_key=KEY)


def test_the_row_alone_opens_nothing(aws: object) -> None:
    token = first_token()
    answer = refresh(token, retry_key=KEY).refresh_token.partition(".")[2]

    stored = str(RefreshToken.get(token.partition(".")[0]).to_simple_dict())

    assert answer not in stored
    assert token.partition(".")[2] not in stored
    assert KEY not in stored


@given(secret=st.binary(min_size=32, max_size=32), token=st.text(min_size=1), key=st.text(min_size=16))
def test_a_secret_is_decrypted_only_with_both_token_and_key(secret: bytes, token: str, key: str) -> None:
    encrypted = retries.encrypted(secret, token=token, retry_key=key)
    assert retries.decrypted(encrypted, token=token, retry_key=key) == secret
    assert retries.decrypted(encrypted, token=token + "x", retry_key=key) != secret
    assert retries.decrypted(encrypted, token=token, retry_key=key + "x") != secret
