"""Display tokens as tests need them, made by an admin over REST."""

from typing import Any

from chalicelib.core.clock import epoch, now
from chalicelib.models.display_token import DisplayToken
from tests.api_client import ApiClient
from tests.factories import Business
from tests.world import World


def display_token(api: ApiClient, business: Business, **values: Any) -> dict[str, Any]:
    """A new token, with its row as the list shows it."""
    answer = api.post("/v1/display-tokens", {"name": "門市螢幕", **values}, as_=business.admin)
    assert answer.status == 201, answer.body
    token: dict[str, Any] = answer.body
    return token


def revoke(api: ApiClient, business: Business, token_id: str) -> None:
    assert api.call("DELETE", f"/v1/display-tokens/{token_id}", as_=business.admin).status == 204


def expire(business: Business, token_id: str) -> None:
    """Ends the token's time, a second ago."""
    DisplayToken(business.tenant.id, token_id).update([DisplayToken.token_expires_at.set(epoch(now()) - 1)])


def display(world: World, business: Business, **query: str) -> str:
    """A display with a new token, welcomed; the connection's id."""
    connection_id = world.connect_with(display_token(world.api, business)["token"], **query)
    world.deliver()
    return connection_id
