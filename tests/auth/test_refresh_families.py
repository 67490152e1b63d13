"""The refresh tokens of a session, with random operations."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.auth import sessions
from chalicelib.auth.sessions import TokenPair, open_session
from chalicelib.core.errors import Unauthenticated
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User
from tests.auth.people import KEYS, NOW, minutes

LATER = NOW + minutes(10)


def refresh(token: str) -> TokenPair:
    return sessions.refresh(token, now=LATER, keys=KEYS)


@pytest.mark.parametrize(
    "token", ["", ".", "a", "a.", ".b", "01ABC.secret", "é.é", "x" * 5000 + "." + "y" * 5000, "a.b.c"]
)
def test_an_invalid_refresh_token_is_refused(aws: object, token: str) -> None:
    with pytest.raises(Unauthenticated) as refused:
        refresh(token)

    assert refused.value.code == "invalid_refresh_token"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(choices=st.lists(st.integers(min_value=0, max_value=20), max_size=12))
def test_no_order_of_refreshes_ever_leaves_two_live_tokens_in_a_family(aws: object, choices: list[int]) -> None:
    tenant = Tenant("t1", name="幸福瓦斯", kind="delivery", created_at="2026-11-22T04:00:00.000Z")
    tenant.save()
    user = User(
        "t1",
        "u1",
        username="mei@example.com",
        name="王小美",
        role="admin",
        password_hash="-",
        sessions_valid_from="2026-11-22T04:00:00.000Z",
        created_at="2026-11-22T04:00:00.000Z",
        updated_at="2026-11-22T04:00:00.000Z",
    )
    user.save()
    tokens = [open_session(tenant, user, signed_in_at=NOW, now=NOW, keys=KEYS).refresh_token]
    reused = False
    for choice in choices:
        chosen = choice % len(tokens)
        newest = chosen == len(tokens) - 1
        try:
            tokens.append(refresh(tokens[chosen]).refresh_token)
        except Unauthenticated:
            assert reused or not newest, "the newest token of an honest family must work"
            reused = True
        else:
            assert newest, "an old token worked"
            assert not reused, "the family ended, and a token of it worked"
    live = sum(_works(token) for token in reversed(tokens))
    assert live == (0 if reused else 1)


def _works(token: str) -> bool:
    try:
        refresh(token)
    except Unauthenticated:
        return False
    return True
