"""Signing keys change in three steps, and no token or code is refused before its time."""

from datetime import UTC, datetime, timedelta

from chalicelib.auth.signing_keys import KeyRing, read_parameter
from infra.ops.rotate_jwt_keys import Keys, next_step, read, write
from tests.aws_in_process import JWT_KEYS

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
PARAMETER = "/luckygas/test/jwt-keys"


def test_add_then_sign_then_remove(aws: None) -> None:
    old = JWT_KEYS["signing_kid"]
    added = next_step(read(PARAMETER), NOW)
    assert added.keys is not None
    write(PARAMETER, added.keys)
    ring = KeyRing(read=read_parameter)
    assert ring.signing().kid == old, "nobody has seen the new one yet"
    [_, new] = added.keys.secrets
    assert ring.find(new) is not None

    signs = next_step(added.keys._replace(changed_at=NOW), NOW + timedelta(minutes=5))
    assert signs.keys is not None
    write(PARAMETER, signs.keys)
    ring = KeyRing(read=read_parameter)
    assert ring.signing().kid == new
    assert ring.find(str(old)) is not None, "its tokens and codes are still good"

    gone = next_step(signs.keys._replace(changed_at=NOW), NOW + timedelta(days=14))
    assert gone.keys is not None
    write(PARAMETER, gone.keys)
    ring = KeyRing(read=read_parameter)
    assert (ring.signing().kid, ring.find(str(old))) == (new, None)


def test_no_step_comes_before_its_time() -> None:
    two = {"k1": "a" * 43, "k2": "b" * 43}
    too_early = next_step(Keys("k1", two, NOW), NOW + timedelta(minutes=4, seconds=59))
    assert too_early.keys is None
    assert "09:05:00" in too_early.says
    too_early = next_step(Keys("k2", two, NOW), NOW + timedelta(days=13))
    assert too_early.keys is None
    assert "2026-12-09" in too_early.says


def test_a_leaked_key_goes_at_once_with_all_others() -> None:
    keys = Keys("k1", {"k1": "a" * 43, "k2": "b" * 43}, NOW)
    step = next_step(keys, NOW, leaked=True)
    assert step.keys is not None
    assert list(step.keys.secrets) == [step.keys.signing]
    assert step.keys.signing not in keys.secrets
    assert len(step.keys.secrets[step.keys.signing]) >= 32
    # No secret is ever shown.
    assert step.keys.secrets[step.keys.signing] not in step.says


def test_a_new_key_never_has_the_id_of_one_that_is_known() -> None:
    added = next_step(Keys("k1", {"k1": "a" * 43}, NOW), NOW)
    assert added.keys is not None
    leaked = next_step(added.keys, NOW, leaked=True)
    assert leaked.keys is not None
    assert leaked.keys.signing not in added.keys.secrets, "functions would go on with the secret that they know"
