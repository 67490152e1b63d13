"""The limit of new guests per code: enough for a full table with reloads, too few for a script."""

import pytest

from chalicelib.models.dining_table import DiningTable
from tests.api_client import Answer, ApiClient
from tests.aws_in_process import ENVIRONMENT
from tests.factories import Business, dining_table, qr_of
from tests.visits import gas_order, tracking_code


def sit_down(api: ApiClient, table: DiningTable, *, address: str = "203.0.113.7", **values: str) -> Answer:
    through = {"X-Origin-Key": ENVIRONMENT["ORIGIN_KEY"], "True-Client-IP": address}
    return api.post("/v1/guests/table", {"qr": qr_of(table), **values}, headers=through)


@pytest.fixture
def table(restaurant: Business) -> DiningTable:
    return dining_table(restaurant.tenant)


def test_a_table_of_twelve_sits_down_with_reloads_and_second_browsers(api: ApiClient, table: DiningTable) -> None:
    for _ in range(12):
        tokens = [sit_down(api, table).body["access_token"] for _ in range(3)]
        for token in tokens:
            assert all(sit_down(api, table, access_token=token).status == 200 for _ in range(3))


def test_one_network_cannot_make_sixty_guests_of_one_code(api: ApiClient, table: DiningTable) -> None:
    answers = [sit_down(api, table) for _ in range(60)]

    refused = [answer for answer in answers if answer.status != 200]
    assert len(refused) == 24
    assert {(answer.status, answer.body["code"]) for answer in refused} == {(429, "too_fast")}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)


def test_a_full_network_limit_does_not_refuse_earlier_guests_or_other_networks(
    api: ApiClient, restaurant: Business, table: DiningTable
) -> None:
    earlier = sit_down(api, table).body["access_token"]
    for _ in range(60):
        sit_down(api, table)

    assert sit_down(api, table, access_token=earlier).status == 200
    assert sit_down(api, table, address="198.51.100.1").status == 200
    assert sit_down(api, dining_table(restaurant.tenant, "A2")).status == 200


def test_many_networks_together_have_a_limit_and_a_new_code_resets_it(api: ApiClient, table: DiningTable) -> None:
    answers = [sit_down(api, table, address=f"198.51.100.{number}").status for number in range(80)]
    assert answers == [200] * 72 + [429] * 8

    table.update([DiningTable.qr_generation.add(1)])

    assert sit_down(api, table).status == 200


def test_a_tracking_link_makes_thirty_trackers_an_hour_and_returning_ones_do_not_count(
    api: ApiClient, gas: Business
) -> None:
    code = tracking_code(gas, gas_order(api, gas)["id"])

    def track(**values: str) -> Answer:
        return api.post("/v1/guests/tracking", {"code": code, **values})

    first = track().body["access_token"]
    assert [track(access_token=first).status for _ in range(5)] == [200] * 5
    answers = [track() for _ in range(60)]
    assert [answer.status for answer in answers] == [200] * 29 + [429] * 31
    assert answers[-1].body["code"] == "too_fast"
    assert track(access_token=first).status == 200
