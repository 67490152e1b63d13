"""The SMS gateway of a local stack, and orders with SMS."""

from typing import Any, Final

import requests

from tests.e2e.client import Client
from tests.patience import SECONDS

NOTIFICATIONS: Final = "/v1/notifications"


def behave(url: str, **wish: Any) -> None:
    assert requests.post(f"{url}/behave", json=wish, timeout=SECONDS).ok


def inbox(url: str) -> list[dict[str, str]]:
    messages: list[dict[str, str]] = requests.get(
        url, headers={"Accept": "application/json"}, timeout=SECONDS
    ).json()
    return messages


def confirmed(office: Client, **values: Any) -> str:
    """A new order that gets a text; its number."""
    order = office.order(**values)
    assert office.step(order["id"], "confirmed").status_code == 200
    return str(order["order_number"])
