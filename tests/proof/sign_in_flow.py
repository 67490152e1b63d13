"""A user signs in, connects, refreshes the session and authenticates the socket with the new token."""

from functools import cache
from typing import Final

from chalicelib.auth.passwords import hash_password
from chalicelib.models.user import User
from tests.api_client import Answer
from tests.factories import PASSWORD
from tests.proof.simulation import Simulation
from tests.proof.steps import BOARD, connect_all

# A limit counts five. What is left allows two attempts that die before they are refunded.
WRONG_GUESSES: Final = 2
_RETRY_KEY: Final = "made-for-this-token"


@cache
def _hash() -> str:
    return hash_password(PASSWORD)


def prepare(of: Simulation) -> None:
    """The user has mistyped the password."""
    connect_all(of)
    of.business.staff.update([User.password_hash.set(_hash())])
    for _ in range(WRONG_GUESSES):
        assert log_in(of, "wrong password").status == 401
    of.settle()


def log_in(of: Simulation, password: str = PASSWORD) -> Answer:
    body = {"username": of.business.staff.username, "password": password}
    return of.world.api.post("/v1/auth/login", body)


def refresh(of: Simulation, token: str, retry_key: str = _RETRY_KEY) -> Answer:
    return of.world.api.post("/v1/auth/refresh", {"refresh_token": token, "retry_key": retry_key})


def sign_in_and_refresh(of: Simulation) -> None:
    signed_in = of.request(lambda: _counted(of))
    assert signed_in.status == 200, signed_in.body
    of.outside.refresh_tokens = [signed_in.body["refresh_token"]]
    of.facts["token"] = signed_in.body["access_token"]
    of.connect_with("signed in", of.business.staff, signed_in.body["access_token"], *BOARD)
    of.settle()
    refreshed = of.request(lambda: refresh(of, of.outside.refresh_tokens[0]))
    assert refreshed.status == 200, refreshed.body
    of.outside.refresh_tokens.append(refreshed.body["refresh_token"])
    client = of.outside.clients["signed in"]
    client.token = refreshed.body["access_token"]
    of.ask(client, {"type": "authenticate", "token": client.token})


def _counted(of: Simulation) -> Answer:
    of.outside.sign_ins += 1
    return log_in(of)


def interfere(of: Simulation) -> None:
    """The same request of a refresh, which the browser sent twice; before that, a sign-in on another device."""
    if len(of.outside.refresh_tokens) == 1:
        answer = of.request(lambda: refresh(of, of.outside.refresh_tokens[0]))
    else:
        answer = of.request(lambda: _counted(of))
    assert answer.status == 200, answer.body
