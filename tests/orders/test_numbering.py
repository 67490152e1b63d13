import re
from datetime import UTC, datetime

from chalicelib.orders.numbering import order_number


def test_the_number_contains_the_tenants_local_time() -> None:
    moment = datetime(2026, 12, 31, 16, 5, 9, tzinfo=UTC)
    assert re.fullmatch(r"ORD-270101000509-[0-9A-Z]{4}", order_number(moment, "Asia/Taipei"))
    assert order_number(moment, "UTC").startswith("ORD-261231160509-")


def test_numbers_of_the_same_second_differ() -> None:
    moment = datetime(2026, 12, 31, tzinfo=UTC)
    numbers = {order_number(moment, "UTC") for _ in range(50)}
    assert len(numbers) > 45, "four random characters collide once in about 20,000 pairs"
    assert not any(set("ILOU") & set(number[-4:]) for number in numbers)
