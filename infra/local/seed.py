"""The local stack's first data: a gas business and a restaurant in the middle of a working week.

Made by the app's own rules, quietly (`notify: false`), so that no text is sent and no screen flickers.
"""

import os
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from chalicelib import aws
from chalicelib.auth.principal import Principal
from chalicelib.auth.tenants import create_tenant
from chalicelib.auth.users import NewUser, create_user
from chalicelib.clock import now
from chalicelib.fields import Place
from chalicelib.models.customer import Customer
from chalicelib.models.driver import Driver
from chalicelib.models.product import Product
from chalicelib.models.tenant import SmsSettings, Tenant
from chalicelib.models.user import User
from chalicelib.orders.change import assign_driver, change_status
from chalicelib.orders.create import create_order
from chalicelib.orders.drafts import AssignDraft, ItemDraft, OrderDraft, StatusDraft
from chalicelib.records.customers import NewCustomer, create_customer
from chalicelib.records.drivers import NewDriver, create_driver
from chalicelib.records.opening_hours import WEEKDAYS, HoursDraft, Span, set_hours
from chalicelib.records.products import NewProduct, create_product
from chalicelib.records.tables import NewTable, create_table
from chalicelib.settings import settings

# For the local stack alone: this file is not in the package, and no deployed stage has these people.
PASSWORD = "lucky-gas-demo"  # noqa: S105

_DRIVERS = [("陳大明", "+886912000101"), ("林志強", "+886912000102"), ("張文雄", "+886912000103")]
_CUSTOMERS = [
    ("王淑芬", "+886912345601", "臺北市大安區和平東路一段129號", 25.0268, 121.5270),
    ("李建國", "+886912345602", "臺北市中正區羅斯福路三段100號", 25.0197, 121.5289),
    ("黃美玲", "+886912345603", "臺北市信義區松仁路58號", 25.0343, 121.5679),
    ("吳家豪", "+886912345604", "臺北市松山區八德路四段138號", 25.0480, 121.5622),
    ("蔡雅婷", "+886912345605", "臺北市中山區民生東路二段115號", 25.0579, 121.5330),
    ("劉俊傑", "+886912345606", "新北市永和區永和路二段57號", 25.0107, 121.5145),
    ("楊惠雯", "+886912345607", "臺北市文山區木柵路一段77號", 24.9880, 121.5537),
    ("許志明", "+886912345608", "臺北市萬華區西園路一段150號", 25.0369, 121.4996),
    ("鄭秀英", "+886223456789", "臺北市大同區延平北路二段69號", 25.0577, 121.5112),
    ("福來自助餐", "+886912345610", "臺北市大安區復興南路二段210號", 25.0272, 121.5436),
]
# With what they weigh full.
_CYLINDERS = [
    ("4公斤瓦斯桶", "240", "9"),
    ("10公斤瓦斯桶", "440", "22"),
    ("16公斤瓦斯桶", "640", "34"),
    ("20公斤瓦斯桶", "760", "40"),
]
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
_DELIVERY_WAY = ("confirmed", "assigned", "delivering", "arriving", "arrived", "delivered")
_TABLE_WAY = ("confirmed", "preparing", "ready", "served", "completed")


def seed(log: Callable[[str], None]) -> list[dict[str, Any]]:
    """Fills the empty tables and returns the logins, as they are in stack.json.

    SMS_GATEWAY_URL and SMS_GATEWAY_KEY say where the gas business sends its texts.
    """
    logins = [*_gas_business(os.environ["SMS_GATEWAY_URL"], os.environ["SMS_GATEWAY_KEY"]), *_restaurant()]
    log(f"seeded two businesses, {len(logins)} logins")
    return logins


def _gas_business(sms_url: str, sms_key: str) -> list[dict[str, Any]]:
    tenant = create_tenant("幸福瓦斯行", "delivery")
    aws.client("ssm").put_parameter(
        Name=f"{settings().secrets_prefix}/sms/{tenant.id}", Value=sms_key, Type="SecureString"
    )
    tenant.update(
        [
            Tenant.sms.set(SmsSettings(provider="http", url=sms_url, sender="LUCKYGAS")),
            Tenant.sms_price.set(Decimal("0.85")),
            Tenant.sms_allowed_links.set([urlsplit(settings().public_url).netloc]),
        ]
    )
    drivers = [create_driver(tenant.id, NewDriver(name=name, phone=phone), now=now()) for name, phone in _DRIVERS]
    customers = [
        create_customer(
            tenant.id,
            NewCustomer(name=name, phone=phone, address=address, location=Place(latitude, longitude)),
            now=now(),
        )
        for name, phone, address, latitude, longitude in _CUSTOMERS
    ]
    products = [
        _product(tenant, name, "瓦斯", price, is_cylinder=True, weight=Decimal(weight))
        for name, price, weight in _CYLINDERS
    ]
    logins = [
        _login(tenant, "boss@luckygas.example", "幸福老闆", "admin"),
        _login(tenant, "office@luckygas.example", "美惠", "office_staff"),
        *(
            _login(tenant, f"driver{n}@luckygas.example", row.name, "driver", driver_id=row.id)
            for n, row in enumerate(drivers, 1)
        ),
        _login(tenant, "customer@luckygas.example", customers[0].name, "customer", customer_id=customers[0].id),
    ]
    _gas_orders(tenant, logins[1]["user"], customers, drivers, products)
    return [_shown(login) for login in logins]


def _gas_orders(
    tenant: Tenant, office: User, customers: list[Customer], drivers: list[Driver], products: list[Product]
) -> None:
    dice = random.Random(7)  # noqa: S311 — the same week on every laptop
    principal = _principal(tenant, office)
    for day in (3, 2, 1, 0):
        for n in range(8):
            moment = now() - timedelta(days=day, minutes=20 * (8 - n))
            product = dice.choice(products)
            draft = OrderDraft(
                customer_id=dice.choice(customers).id,
                items=[ItemDraft(product_id=product.id, quantity=dice.choice((1, 1, 2)))],
                payment_method=dice.choice(("cash", "transfer")),
                notify=False,
            )
            order = create_order(principal, tenant, draft, correlation_id="seed", now=moment)
            # Past days are done; today's orders stand wherever a morning leaves them.
            way = _DELIVERY_WAY if day else _DELIVERY_WAY[: n % 4]
            for k, status in enumerate(way):
                later = moment + timedelta(minutes=9 * (k + 1)) if day else now()
                if status == "assigned":
                    assign = AssignDraft(driver_id=drivers[n % len(drivers)].id, notify=False)
                    assign_driver(principal, order["id"], assign, correlation_id="seed", now=later)
                else:
                    _step(principal, order["id"], status, later)


def _restaurant() -> list[dict[str, Any]]:
    tenant = create_tenant("巷口小館", "table")
    menu = [_product(tenant, *item, position=n) for n, item in enumerate(_MENU)]
    tables = [
        create_table(tenant, NewTable(number=f"A{n}", seats=4 if n % 3 else 2), now=now()) for n in range(1, 9)
    ]
    # Open around the clock but for an hour before dawn: whoever tries it out at night can order too.
    set_hours(tenant, HoursDraft(weekly=dict.fromkeys(WEEKDAYS, (Span("06:00", "05:00"),))), now=now())
    logins = [
        _login(tenant, "owner@alley.example", "館主", "admin"),
        _login(tenant, "kitchen@alley.example", "廚房", "office_staff"),
    ]
    dice = random.Random(11)  # noqa: S311
    principal = _principal(tenant, logins[1]["user"])
    for day in (2, 1, 0):
        for n in range(6):
            moment = now() - timedelta(days=day, minutes=12 * (6 - n))
            items = [
                ItemDraft(menu_item_id=item.id, quantity=dice.choice((1, 2))) for item in dice.sample(menu, 3)
            ]
            draft = OrderDraft(items=items, table_number=dice.choice(tables).number, notify=False)
            order = create_order(principal, tenant, draft, correlation_id="seed", now=moment)
            for status in _TABLE_WAY if day else _TABLE_WAY[: n % 4]:
                _step(principal, order["id"], status, moment + timedelta(minutes=8) if day else now())
    return [_shown(login) for login in logins]


def _step(principal: Principal, order_id: str, status: str, moment: datetime) -> None:
    change_status(principal, order_id, StatusDraft(status=status, notify=False), correlation_id="seed", now=moment)


def _product(tenant: Tenant, name: str, category: str, price: str, **values: Any) -> Product:
    new = NewProduct(name=name, category=category, unit_price=Decimal(price), **values)
    return create_product(tenant.id, new, now=now())


def _login(tenant: Tenant, username: str, name: str, role: Any, **links: str) -> dict[str, Any]:
    user = create_user(tenant.id, NewUser(username=username, password=PASSWORD, name=name, role=role, **links))
    return {"tenant": tenant, "user": user}


def _shown(login: dict[str, Any]) -> dict[str, Any]:
    tenant, user = login["tenant"], login["user"]
    return {
        "tenant": tenant.name,
        "kind": tenant.kind,
        "role": user.role,
        "username": user.username,
        "password": PASSWORD,
    }


def _principal(tenant: Tenant, user: User) -> Principal:
    return Principal(tenant.id, tenant.kind, user.id, user.role, "seed", 0)
