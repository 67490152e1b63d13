"""Sessions: refresh tokens that work once, and checks of access."""

import hashlib
import string
from datetime import datetime, timedelta

import pytest

from chalicelib.auth import sessions, users
from chalicelib.auth.identity import Identity, read_identity
from chalicelib.auth.principal import Principal
from chalicelib.auth.session_access import verify_live
from chalicelib.auth.sessions import TokenPair, open_session
from chalicelib.auth.tokens import issue_access_token, verify_access_token
from chalicelib.auth.users import UserChanges
from chalicelib.core.errors import Forbidden, Refusal, Unauthenticated, Unavailable
from chalicelib.models.refresh_token import RefreshToken
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User
from tests.auth.people import KEYS, NOW, a_ring, a_tenant, a_user, minutes, suspend_tenant, suspend_user

LATER = NOW + minutes(10)


def signed_in(tenant: Tenant, user: User, *, now: datetime = NOW) -> TokenPair:
    return open_session(tenant, user, signed_in_at=now, now=now, keys=KEYS)


def refresh(token: str, *, now: datetime = LATER, retry_key: str | None = None) -> TokenPair:
    return sessions.refresh(token, now=now, keys=KEYS, retry_key=retry_key)


def bearer(pair: TokenPair, *, now: datetime = NOW) -> Principal:
    return verify_access_token(pair.access_token, now=now, keys=KEYS)


def refused_refresh(token: str, *, now: datetime = LATER, retry_key: str | None = None) -> str:
    with pytest.raises(Refusal) as refused:
        refresh(token, now=now, retry_key=retry_key)
    return refused.value.code


def refused_entry(principal: Principal, *, now: datetime = LATER) -> str:
    with pytest.raises(Refusal) as refused:
        verify_live(principal, now=now)
    return refused.value.code


def test_a_refresh_token_gives_the_next_pair_of_the_same_session(aws: object) -> None:
    tenant = a_tenant()
    first = signed_in(tenant, a_user(tenant))

    second = refresh(first.refresh_token)

    assert second.refresh_token != first.refresh_token
    assert bearer(second, now=LATER).session_id == bearer(first).session_id
    assert bearer(second, now=LATER).expires_at == bearer(first).expires_at + 600
    assert refresh(second.refresh_token).access_token


def test_a_used_refresh_token_ends_the_whole_family(aws: object) -> None:
    tenant = a_tenant()
    first = signed_in(tenant, a_user(tenant))
    second = refresh(first.refresh_token)

    assert refused_refresh(first.refresh_token) == "refresh_token_reused"

    assert refused_refresh(second.refresh_token) == "invalid_refresh_token"
    assert refused_entry(bearer(second, now=LATER)) == "session_revoked"


@pytest.mark.parametrize("secret", ["invented", "A" * 43, "A" * 64, "é" * 43, "=" * 43, "a.b"])
def test_an_invented_secret_ends_no_session(aws: object, secret: str) -> None:
    tenant = a_tenant()
    pair = signed_in(tenant, a_user(tenant))
    session_id = bearer(pair).session_id

    assert refused_refresh(f"{session_id}.{secret}") == "invalid_refresh_token"
    assert refused_refresh(f"{session_id}.{secret}", retry_key="0123456789abcdef") == "invalid_refresh_token"

    assert verify_live(bearer(pair), now=LATER)
    fresh = refresh(pair.refresh_token, retry_key="0123456789abcdef")
    assert refused_refresh(f"{session_id}.{secret}", retry_key="0123456789abcdef") == "invalid_refresh_token"
    assert refresh(fresh.refresh_token)


def test_a_secret_of_another_session_ends_no_session(aws: object) -> None:
    tenant = a_tenant()
    user = a_user(tenant)
    ours, theirs = signed_in(tenant, user), signed_in(tenant, user)
    used = theirs.refresh_token
    refresh(used)

    mixed = f"{bearer(ours).session_id}.{used.partition('.')[2]}"

    assert refused_refresh(mixed) == "invalid_refresh_token"
    assert refresh(ours.refresh_token)


def test_another_spelling_of_a_used_secret_ends_no_session(aws: object) -> None:
    tenant = a_tenant()
    first = signed_in(tenant, a_user(tenant))
    second = refresh(first.refresh_token)
    # The last character carries four bits of the secret and two that a decoder ignores.
    dead_letters = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    other = first.refresh_token[:-1] + dead_letters[dead_letters.index(first.refresh_token[-1]) ^ 1]

    assert refused_refresh(other) == "invalid_refresh_token"
    assert refresh(second.refresh_token)


def of_the_version_before(pair: TokenPair) -> RefreshToken:
    """The session as if an older function had opened it: without the attributes of today."""
    row = RefreshToken.get(bearer(pair).session_id)
    row.update([RefreshToken.mark_key.remove(), RefreshToken.unmarked_hash.remove()])
    return row


def test_sessions_of_the_version_before_go_on_and_invented_secrets_end_none_of_them(aws: object) -> None:
    tenant = a_tenant()
    pair = signed_in(tenant, a_user(tenant))
    row = of_the_version_before(pair)

    assert refused_refresh(f"{row.session_id}.invented") == "invalid_refresh_token"

    assert refresh(refresh(pair.refresh_token).refresh_token)


def test_the_last_token_of_the_version_before_still_ends_its_session_when_it_is_used_twice(aws: object) -> None:
    tenant = a_tenant()
    old = signed_in(tenant, a_user(tenant))
    of_the_version_before(old)
    thief = refresh(refresh(old.refresh_token).refresh_token)

    assert refused_refresh(old.refresh_token) == "refresh_token_reused"

    assert refused_refresh(thief.refresh_token) == "invalid_refresh_token"


def test_a_function_of_the_previous_version_refreshes_sessions_of_this_one(aws: object) -> None:
    tenant = a_tenant()
    first = signed_in(tenant, a_user(tenant))
    row = RefreshToken.get(bearer(first).session_id)
    # The older function writes only a secret without a mark.
    row.update([RefreshToken.token_hash.set(hashlib.sha256(b"an older function's").hexdigest())])

    newest = refresh(f"{row.session_id}.an older function's")

    assert refused_refresh(f"{row.session_id}.an older function's") == "refresh_token_reused"
    assert refused_refresh(newest.refresh_token) == "invalid_refresh_token"


def test_reuse_in_one_session_leaves_the_users_other_sessions_alone(aws: object) -> None:
    tenant = a_tenant()
    user = a_user(tenant)
    stolen, other = signed_in(tenant, user), signed_in(tenant, user)
    refresh(stolen.refresh_token)

    refused_refresh(stolen.refresh_token)

    assert verify_live(bearer(other), now=LATER)
    assert refresh(other.refresh_token)


def test_of_two_uses_at_the_same_moment_exactly_one_wins(aws: object) -> None:
    tenant = a_tenant()
    token = signed_in(tenant, a_user(tenant)).refresh_token
    winners: list[TokenPair] = []

    def read_while_another_request_is_faster(tenant_id: str, user_id: str, session_id: str) -> Identity:
        found = read_identity(tenant_id, user_id, session_id)
        winners.append(refresh(token))
        return found

    with pytest.raises(Unauthenticated) as refused:
        sessions.refresh(token, now=LATER, keys=KEYS, read=read_while_another_request_is_faster)

    assert refused.value.code == "refresh_token_reused"
    assert len(winners) == 1
    # Two clients with one token look like a theft, so the session has ended for both.
    assert refused_refresh(winners[0].refresh_token) == "invalid_refresh_token"


def test_a_sign_out_during_a_refresh_is_not_undone_by_it(aws: object) -> None:
    tenant = a_tenant()
    pair = signed_in(tenant, a_user(tenant))

    def read_while_the_user_signs_out(tenant_id: str, user_id: str, session_id: str) -> Identity:
        found = read_identity(tenant_id, user_id, session_id)
        sessions.revoke(session_id, now=LATER)
        return found

    with pytest.raises(Unauthenticated):
        sessions.refresh(pair.refresh_token, now=LATER, keys=KEYS, read=read_while_the_user_signs_out)

    assert refused_entry(bearer(pair)) == "session_revoked"


def test_a_refresh_token_ends_after_thirty_days_without_use(aws: object) -> None:
    tenant = a_tenant()
    user = a_user(tenant)
    used, unused = signed_in(tenant, user), signed_in(tenant, user)
    used = refresh(used.refresh_token, now=NOW + timedelta(days=29))

    after = NOW + timedelta(days=30)

    assert refused_refresh(unused.refresh_token, now=after) == "invalid_refresh_token"
    assert refresh(used.refresh_token, now=after)


def test_only_the_hash_of_a_refresh_token_is_stored(aws: object) -> None:
    tenant = a_tenant()
    session_id, _, secret = signed_in(tenant, a_user(tenant)).refresh_token.partition(".")

    row = RefreshToken.get(session_id)

    assert len(secret) == 43
    assert secret not in str(row.to_simple_dict())


def test_a_refresh_brings_the_role_up_to_date(aws: object) -> None:
    tenant = a_tenant()
    user = a_user(tenant)
    pair = signed_in(tenant, user)
    users.change_user(tenant.id, user.id, UserChanges(role="office_staff"), by="another admin", now=LATER)

    assert refused_entry(bearer(pair)) == "token_outdated"

    fresh = bearer(refresh(pair.refresh_token), now=LATER)
    assert fresh.role == "office_staff"
    assert verify_live(fresh, now=LATER)


def test_a_signed_in_user_is_admitted(aws: object) -> None:
    tenant = a_tenant()
    user = a_user(tenant, role="driver")

    found_tenant, found_user = verify_live(bearer(signed_in(tenant, user)), now=NOW)

    assert (found_tenant.id, found_user.id) == (tenant.id, user.id)
    assert found_user.driver_id == user.driver_id


def test_after_signing_out_nothing_of_the_session_works(aws: object) -> None:
    tenant = a_tenant()
    pair = signed_in(tenant, a_user(tenant))

    sessions.revoke(bearer(pair).session_id, now=NOW)
    sessions.revoke(bearer(pair).session_id, now=LATER)

    assert refused_entry(bearer(pair)) == "session_revoked"
    assert refused_refresh(pair.refresh_token) == "invalid_refresh_token"


def test_ending_a_deleted_session_does_not_restore_it(aws: object) -> None:
    sessions.revoke("01JD0000000000000000000000", now=NOW)

    assert list(RefreshToken.scan()) == []


def test_a_suspended_user_is_out_at_once_and_stays_out_of_old_sessions(aws: object) -> None:
    tenant = a_tenant()
    user = a_user(tenant)
    pair = signed_in(tenant, user)

    suspend_user(user, now=LATER)
    assert refused_entry(bearer(pair)) == "session_revoked"
    assert refused_refresh(pair.refresh_token) == "session_revoked"

    users.change_user(tenant.id, user.id, UserChanges(status="active"), by="another admin", now=LATER)
    assert refused_entry(bearer(pair)) == "session_revoked"


def test_a_suspended_tenant_is_refused_and_can_continue_afterwards(aws: object) -> None:
    tenant = a_tenant()
    pair = signed_in(tenant, a_user(tenant))
    suspend_tenant(tenant)

    with pytest.raises(Forbidden):
        verify_live(bearer(pair), now=LATER)
    assert refused_entry(bearer(pair)) == "tenant_suspended"
    assert refused_refresh(pair.refresh_token) == "tenant_suspended"

    tenant.update([Tenant.status.set("active")])
    assert refresh(pair.refresh_token)


@pytest.mark.parametrize("missing", ["tenant", "user", "session"])
def test_a_missing_row_refuses_access(aws: object, missing: str) -> None:
    tenant = a_tenant()
    user = a_user(tenant)
    principal = bearer(signed_in(tenant, user))
    rows = {"tenant": tenant, "user": user, "session": RefreshToken(principal.session_id)}
    rows[missing].delete()

    assert refused_entry(principal) == "session_revoked"


def test_a_session_of_another_user_does_not_admit(aws: object) -> None:
    ours, theirs = a_tenant(), a_tenant()
    user, stranger = a_user(ours), a_user(theirs, "stranger@example.com")
    session = signed_in(theirs, stranger).refresh_token.partition(".")[0]
    token = issue_access_token(ours, user, session, now=NOW, keys=KEYS)[0]

    assert refused_entry(verify_access_token(token, now=NOW, keys=KEYS)) == "session_revoked"


def test_a_database_that_does_not_answer_admits_no_one() -> None:
    principal = Principal("t1", "delivery", "u1", "admin", "s1", 0)

    def no_answer(tenant_id: str, user_id: str, session_id: str) -> Identity:
        raise Unavailable("no")

    with pytest.raises(Unavailable):
        verify_live(principal, now=NOW, read=no_answer)


def test_without_signing_keys_no_session_is_opened_and_no_token_used_up(aws: object) -> None:
    tenant = a_tenant()
    user = a_user(tenant)
    pair = signed_in(tenant, user)
    keyless = a_ring("k1", {"k1": "too short"})

    with pytest.raises(Unavailable):
        open_session(tenant, user, signed_in_at=NOW, now=NOW, keys=keyless)
    with pytest.raises(Unavailable):
        sessions.refresh(pair.refresh_token, now=NOW, keys=keyless)

    assert len(list(RefreshToken.scan())) == 1
    assert refresh(pair.refresh_token)
