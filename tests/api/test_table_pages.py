"""What a phone's camera opens: the menu of the table's restaurant, and nothing for a code that is not good."""

import re
from typing import Any

import pytest

from chalicelib.clock import now
from chalicelib.models.tenant import Tenant
from chalicelib.records.tables import qr_view
from chalicelib.settings import settings
from tests.api_client import ApiClient
from tests.factories import Business, dining_table


@pytest.fixture
def path(restaurant: Business) -> str:
    """The address in the picture, as the API gets it."""
    url = qr_view(dining_table(restaurant.tenant, "<b>3"), now()).url
    assert url is not None
    return url.removeprefix(settings().public_url)


def opened(api: ApiClient, path: str, **headers: str) -> Any:
    return api.page("GET", path, headers)


def test_the_menu_is_there_to_read(api: ApiClient, restaurant: Business, path: str) -> None:
    api.patch(f"/v1/products/{restaurant.products[1].id}", {"available": False}, as_=restaurant.staff)
    api.patch(f"/v1/products/{restaurant.products[0].id}", {"category": "<i>飯"}, as_=restaurant.staff)
    answer = opened(api, path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    text = answer.body.decode()
    for shown in (
        "巷口小館",
        "桌號 &lt;b&gt;3",
        "&lt;i&gt;飯",
        "滷肉飯",
        "<dd>45</dd>",
        "貢丸湯",
        "<dd>售完</dd>",
    ):
        assert shown in text
    assert "非供餐時間" not in text
    assert "Table" in opened(api, path, **{"Accept-Language": "en"}).body.decode()


def test_browsers_with_modules_are_led_on_by_a_file_of_ours(api: ApiClient, path: str) -> None:
    answer = opened(api, path)
    assert re.findall("<script[^>]*>", answer.body.decode()) == [
        '<script type="module" src="/api/static/console/guest/lead.js">'
    ]
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert policy.endswith("script-src 'self'")


def test_closed_hours_are_said(api: ApiClient, restaurant: Business, path: str) -> None:
    api.call("PUT", "/v1/opening-hours", {"weekly": {"mon": []}}, as_=restaurant.admin)
    assert "非供餐時間" in opened(api, path).body.decode()


def test_a_code_that_is_not_good_shows_nothing(api: ApiClient, restaurant: Business, path: str) -> None:
    assert opened(api, path[:-1] + ("A" if path[-1] != "A" else "Q")).status_code == 401
    assert opened(api, "/v1/t/x").status_code == 401
    restaurant.tenant.update([Tenant.status.set("suspended")])
    answer = opened(api, path)
    assert answer.status_code == 403
    assert "滷肉飯" not in answer.body.decode()
