"""Three frontends of different ages run at the same time, each with its own format."""

from tests.e2e.client import Client
from tests.e2e.stack import LocalStack


def test_an_old_guide_client_a_simple_hook_and_a_restaurant_dashboard_side_by_side(stack: LocalStack) -> None:
    office, kitchen = Client(stack, "office_staff"), Client(stack, "office_staff", "table")
    with (
        office.listen(client="office", format="flat") as old_guide,
        office.listen() as simple_hook,
        kitchen.listen() as dashboard,
    ):
        assert old_guide.welcome["status"] == "connected"
        assert simple_hook.welcome["data"]["connection_id"]
        assert dashboard.welcome["message"] == "Connected to real-time order updates"

        delivery, meal = office.order(), kitchen.order(table_number=7)
        old_created = old_guide.until("order.created", order_id=delivery["id"])
        assert old_created["products"] == [{"name": "20公斤瓦斯桶", "quantity": 1}]
        assert old_created["delivery_date"] == delivery["scheduled_date"]
        assert simple_hook.until("order_created")["data"] == delivery
        shown = dashboard.until("order_created")["order"]
        assert (shown["id"], shown["restaurant_id"]) == (meal["id"], dashboard.welcome["restaurant_id"])
        assert (shown["order_status"], shown["table_number"], meal["table_number"]) == ("pending", 7, "7")
        assert shown["total_price"] == float(meal["total_price"])

        office.step(delivery["id"], "confirmed")
        kitchen.step(meal["id"], "confirmed")
        assert old_guide.until("order.updated", order_id=delivery["id"])["status"] == "confirmed"
        changed = simple_hook.until("order_status_changed", order_id=delivery["id"])["data"]
        assert (changed["status"], changed["previous_status"]) == ("confirmed", "pending")
        assert dashboard.until("order_status_changed")["order"]["status"] == "confirmed"
        ids = {delivery["id"], meal["id"]}
        assert ids == {delivery["id"], dashboard.received[-1]["order"]["id"]}
