"""What a list of orders reads."""

from chalicelib.orders.listing import OrderQuery, list_orders
from tests.api_client import ApiClient
from tests.calls import counted_calls
from tests.factories import Business, principal
from tests.visits import gas_order


def test_a_list_of_one_status_reads_no_other_orders(api: ApiClient, gas: Business) -> None:
    confirmed = gas_order(api, gas, "confirmed")["id"]
    for _ in range(6):
        gas_order(api, gas)
    with counted_calls() as calls:
        page = list_orders(principal(gas.tenant), OrderQuery(status="confirmed", limit=1))
    assert [order.id for order in page.orders] == [confirmed]
    assert calls["dynamodb.Query"] == 1
