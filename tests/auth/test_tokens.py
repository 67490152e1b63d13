"""The claims of access tokens, and which tokens are accepted."""

import base64
import json
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest

from chalicelib.auth.signing_keys import KeyRing
from chalicelib.auth.tokens import issue_access_token, verify_access_token
from chalicelib.core.clock import epoch
from chalicelib.core.errors import Unauthenticated
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User
from tests.auth.people import KEYS, NEW_KEY, NOW, OLD_KEY, a_ring

TENANT = Tenant("t1", name="幸福瓦斯", kind="delivery")
DRIVER = User("t1", "u1", role="driver", driver_id="d1")


def a_token(*, now: datetime = NOW, keys: KeyRing = KEYS) -> str:
    return issue_access_token(TENANT, DRIVER, "s1", now=now, keys=keys)[0]


def signed(*, header: dict[str, Any] | None = None, without: str = "", **claims: Any) -> str:
    """A token with the right key whose claims differ from a good one's."""
    good = jwt.decode(a_token(), options={"verify_signature": False})
    changed = {name: value for name, value in (good | claims).items() if name != without}
    return jwt.encode(changed, OLD_KEY, algorithm="HS256", headers={"kid": "k1", **(header or {})})


def raw(header: dict[str, Any], claims: dict[str, Any], signature: bytes) -> str:
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def refusal(token: str, *, now: datetime = NOW, keys: KeyRing = KEYS) -> str:
    with pytest.raises(Unauthenticated) as refused:
        verify_access_token(token, now=now, keys=keys)
    return refused.value.code


def test_a_token_names_its_user() -> None:
    token, expires_at = issue_access_token(TENANT, DRIVER, "s1", now=NOW, keys=KEYS)

    principal = verify_access_token(token, now=NOW, keys=KEYS)

    assert (principal.tenant_id, principal.kind) == ("t1", "delivery")
    assert (principal.user_id, principal.role, principal.driver_id) == ("u1", "driver", "d1")
    assert (principal.session_id, principal.customer_id) == ("s1", None)
    assert principal.expires_at == expires_at == epoch(NOW) + 3600


def test_a_token_ends_after_an_hour() -> None:
    token = a_token()

    verify_access_token(token, now=NOW + timedelta(minutes=59), keys=KEYS)
    assert refusal(token, now=NOW + timedelta(minutes=60, seconds=5)) == "token_expired"


def test_while_keys_rotate_tokens_of_both_are_good() -> None:
    old = a_token()
    rotating = a_ring("k2", {"k1": OLD_KEY, "k2": NEW_KEY})
    new = a_token(keys=rotating)

    assert jwt.get_unverified_header(new)["kid"] == "k2"
    assert verify_access_token(old, now=NOW, keys=rotating).user_id == "u1"
    assert verify_access_token(new, now=NOW, keys=rotating).user_id == "u1"


def test_when_the_old_key_is_gone_so_are_its_tokens() -> None:
    assert refusal(a_token(), keys=a_ring("k2", {"k2": NEW_KEY})) == "invalid_token"


def test_a_key_id_does_not_vouch_for_another_keys_signature() -> None:
    both = a_ring("k2", {"k1": OLD_KEY, "k2": NEW_KEY})

    assert refusal(signed(header={"kid": "k2"}), keys=both) == "invalid_token"


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_token_changed_anywhere_is_refused(part: int) -> None:
    parts = a_token().split(".")
    middle = len(parts[part]) // 2
    letter = "A" if parts[part][middle] != "A" else "B"
    parts[part] = parts[part][:middle] + letter + parts[part][middle + 1 :]

    assert refusal(".".join(parts)) == "invalid_token"


def test_a_token_without_a_signature_is_refused() -> None:
    claims = jwt.decode(a_token(), options={"verify_signature": False})

    for algorithm in ("none", "None", "NONE"):
        assert refusal(raw({"alg": algorithm, "kid": "k1"}, claims, b"")) == "invalid_token"


@pytest.mark.parametrize("algorithm", ["RS256", "HS384", "HS512", "ES256"])
def test_a_token_that_names_another_algorithm_is_refused(algorithm: str) -> None:
    _, body, signature = signed().split(".")
    pretended = raw({"alg": algorithm, "kid": "k1"}, {}, b"").split(".")[0]

    assert refusal(f"{pretended}.{body}.{signature}") == "invalid_token"
    if algorithm.startswith("HS"):
        claims = jwt.decode(a_token(), options={"verify_signature": False})
        longer = jwt.encode(claims, OLD_KEY * 2, algorithm=algorithm, headers={"kid": "k1"})
        ring = a_ring("k1", {"k1": OLD_KEY * 2})
        assert refusal(longer, keys=ring) == "invalid_token"


@pytest.mark.parametrize("kid", ["", "k7", "../k1", 1, None])
def test_a_key_id_that_names_no_key_is_refused(kid: object) -> None:
    header: dict[str, Any] = {"alg": "HS256"} if kid is None else {"alg": "HS256", "kid": kid}

    assert refusal(raw(header, {}, b"x" * 32)) == "invalid_token"


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b.c", "not a token", "é.é.é", "x" * 100_000, "e30.e30.", "null.null.null"]
)
def test_a_text_that_is_no_token_is_refused(token: str) -> None:
    assert refusal(token) == "invalid_token"


@pytest.mark.parametrize("claim", ["iss", "tid", "kind", "sub", "role", "sid", "iat", "exp", "jti"])
def test_a_signed_token_that_lacks_a_claim_is_refused(claim: str) -> None:
    assert refusal(signed(without=claim)) == "invalid_token"


@pytest.mark.parametrize(
    "claims",
    [
        {"role": "owner"},
        {"kind": "bakery"},
        {"tid": 7},
        {"exp": "9999999999"},
        {"exp": True},
        {"exp": 1e999},
        {"sub": ["u1"]},
        {"iss": "luckygas-elsewhere"},
        {"iat": epoch(NOW) + 60},
    ],
)
def test_a_signed_token_with_an_impossible_claim_is_refused(claims: dict[str, Any]) -> None:
    assert refusal(signed(**claims)) == "invalid_token"


def test_clocks_a_few_seconds_apart_do_no_harm() -> None:
    token = a_token()

    assert verify_access_token(token, now=NOW - timedelta(seconds=3), keys=KEYS).user_id == "u1"
    assert verify_access_token(token, now=NOW + timedelta(seconds=3603), keys=KEYS).user_id == "u1"
