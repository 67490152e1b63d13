"""The page behind a table's QR code: the restaurant's menu, and an error page for an invalid code."""

import re
from typing import Any

import pytest

from chalicelib.core.clock import now, time_zone
from chalicelib.core.settings import settings
from chalicelib.models.tenant import Tenant
from chalicelib.records.opening_hours import WEEKDAYS
from chalicelib.records.tables import qr_view
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
        "<h1><bdi>&lt;b&gt;3 桌</bdi></h1>",
        "<bdi>&lt;i&gt;飯</bdi>",
        "滷肉飯",
        "$45</p>",
        "貢丸湯",
        '<span class="badge amber">售完</span>',
    ):
        assert shown in text
    assert "非供餐時間" not in text
    assert "Table &lt;b&gt;3" in opened(api, path, **{"Accept-Language": "en"}).body.decode()


def test_the_menu_is_the_live_page_itself(api: ApiClient, path: str) -> None:
    answer = opened(api, path)
    text = answer.body.decode()
    [root] = re.findall('<div id="root">(.*)</div>', text)
    assert root.startswith('<div class="guest">')
    assert re.findall('<script type="module" src="([^"]+)">', text) == ["/api/static/console/table/start.js"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_sections_are_reached_by_links_where_there_are_several(
    api: ApiClient, restaurant: Business, path: str
) -> None:
    assert 'href="#section-' not in opened(api, path).body.decode()
    api.patch(f"/v1/products/{restaurant.products[0].id}", {"category": "飯"}, as_=restaurant.staff)
    text = opened(api, path).body.decode()
    assert set(re.findall('href="#(section-[0-9])"', text)) == set(re.findall('id="(section-[0-9])"', text))
    assert len(re.findall('id="section-', text)) == 2


def test_a_menu_without_dishes_shows_a_notice(api: ApiClient, restaurant: Business, path: str) -> None:
    for product in restaurant.products:
        api.patch(f"/v1/products/{product.id}", {"status": "suspended"}, as_=restaurant.staff)
    assert "<h2>菜單準備中</h2>" in opened(api, path).body.decode()


def test_closed_hours_are_shown(api: ApiClient, restaurant: Business, path: str) -> None:
    api.call("PUT", "/v1/opening-hours", {"weekly": {"mon": []}}, as_=restaurant.admin)
    assert "目前非供餐時間，還不能點餐。" in opened(api, path).body.decode()
    # Any day but today: the next opening is named with its day.
    day = list(WEEKDAYS)[(now().astimezone(time_zone("Asia/Taipei")).weekday() + 2) % 7]
    spans = {"weekly": {day: [{"opens": "11:00", "closes": "14:00"}]}}
    api.call("PUT", "/v1/opening-hours", spans, as_=restaurant.admin)
    assert re.search("目前非供餐時間，[0-9]+/[0-9]+（週.） 11:00 開始接受點餐。", opened(api, path).body.decode())


def test_an_invalid_code_shows_nothing(api: ApiClient, restaurant: Business, path: str) -> None:
    answer = opened(api, path[:-1] + ("A" if path[-1] != "A" else "Q"))
    assert answer.status_code == 401
    assert "請重新掃描 QR 碼" in answer.body.decode()
    assert opened(api, "/v1/t/x").status_code == 401
    restaurant.tenant.update([Tenant.status.set("suspended")])
    answer = opened(api, path)
    assert answer.status_code == 403
    assert "滷肉飯" not in answer.body.decode()
