"""The seed's restaurant: tables, a menu, and three days of orders."""

import random
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from chalicelib.auth.principal import Principal
from chalicelib.core.clock import now
from chalicelib.orders.create import create_order
from chalicelib.orders.drafts import ItemDraft, OrderDraft
from chalicelib.records.opening_hours import WEEKDAYS, HoursDraft, Span, set_hours
from chalicelib.records.tables import NewTable, create_table
from chalicelib.tenants.tenants import create_tenant
from infra.local.seed_rows import OrderSteps, login, person, principal, product, step

_MENU = [
    ("滷肉飯", "飯類", "45"),
    ("雞腿飯", "飯類", "120"),
    ("牛肉麵", "麵類", "160"),
    ("陽春麵", "麵類", "50"),
    ("貢丸湯", "湯類", "35"),
    ("燙青菜", "小菜", "40"),
    ("滷蛋", "小菜", "15"),
    ("紅茶", "飲料", "25"),
]
_WAY = ("confirmed", "preparing", "ready", "served", "completed")


def restaurant(steps: OrderSteps) -> list[dict[str, Any]]:
    """Creates the restaurant; returns the logins for stack.json."""
    tenant = create_tenant("巷口小館", "table")
    owner = person(tenant, "owner@alley.example", "館主", "admin")
    kitchen = person(tenant, "kitchen@alley.example", "廚房", "office_staff")
    admin, by = principal(tenant, owner), principal(tenant, kitchen)
    menu = [product(by, *item, position=n) for n, item in enumerate(_MENU)]
    tables = [
        create_table(by, tenant, NewTable(number=f"A{n}", seats=4 if n % 3 else 2), now=now()) for n in range(1, 9)
    ]
    # Always open, so that the demo also works at night.
    hours = HoursDraft(weekly=dict.fromkeys(WEEKDAYS, (Span("00:00", "24:00"),)))
    set_hours(admin, tenant, hours, now=now())
    dice = random.Random(11)  # noqa: S311 — the same days on every laptop
    for day in (2, 1, 0):
        for n in range(6):
            moment = now() - timedelta(days=day, minutes=12 * (6 - n))
            items = [
                ItemDraft(menu_item_id=item.id, quantity=dice.choice((1, 2))) for item in dice.sample(menu, 3)
            ]
            draft = OrderDraft(items=items, table_number=dice.choice(tables).number, notify=False)
            order = create_order(by, tenant, draft, correlation_id="seed", now=moment)
            way, at = (_WAY, moment + timedelta(minutes=8)) if day else (_WAY[: n % 4], now())
            steps.start(partial(_move, by, order["id"], way, at))
    return [login(tenant, owner), login(tenant, kitchen)]


def _move(by: Principal, order_id: str, way: tuple[str, ...], moment: datetime) -> None:
    for status in way:
        step(by, order_id, status, moment)
