"""The seed's gas business: its people, three past days, and a day that begins with three routes."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from msgspec import Struct

from chalicelib.auth.display_tokens import NewDisplayToken, create_display_token
from chalicelib.auth.principal import Principal
from chalicelib.core import aws
from chalicelib.core.clock import local_date, now
from chalicelib.core.fields import Place
from chalicelib.core.settings import settings
from chalicelib.models.customer import Customer
from chalicelib.models.driver import Driver
from chalicelib.models.product import Product
from chalicelib.models.tenant import SmsSettings, Tenant
from chalicelib.orders.change import assign_driver
from chalicelib.orders.create import create_order
from chalicelib.orders.drafts import AssignDraft, ItemDraft, OrderDraft
from chalicelib.records.customers import NewCustomer, create_customer
from chalicelib.records.drivers import NewDriver, create_driver
from chalicelib.routes.drafts import RouteAssignDraft, RouteDraft, StopDraft
from chalicelib.routes.driving import assign_route
from chalicelib.routes.planning import create_route
from chalicelib.routes.rows import RequestContext
from chalicelib.tenants.tenants import create_tenant
from infra.local.seed_rows import OrderSteps, login, person, principal, product, step

_DEPOT: Final = Place(25.0335, 121.5434)
_DRIVERS = [
    ("陳大明", "+886912000101", "BKG-1688"),
    ("林志強", "+886912000102", "BKG-2599"),
    ("張文雄", "+886912000103", "BKG-3377"),
]
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
    ("林玉珍", "+886912345611", "臺北市大安區泰順街50巷6號", 25.0223, 121.5306),
    ("周怡君", "+886912345612", "臺北市大安區忠孝東路四段181巷12號", 25.0429, 121.5513),
    ("何明哲", "+886912345613", "臺北市信義區永吉路30巷101號", 25.0446, 121.5708),
    ("小春麵店", "+886912345614", "臺北市松山區饒河街112號", 25.0503, 121.5741),
    ("曾怡婷", "+886912345615", "臺北市中山區南京東路二段38號", 25.0521, 121.5310),
    ("阿財熱炒", "+886912345616", "臺北市中山區長安東路一段63號", 25.0486, 121.5276),
    ("賴冠宇", "+886912345617", "臺北市大安區仁愛路三段123號", 25.0379, 121.5395),
    ("郭文傑", "+886912345618", "臺北市中正區汀州路三段160號", 25.0158, 121.5329),
]
# Kilograms of a full cylinder; the steel weighs as much as the gas.
_CYLINDERS = [
    ("4公斤瓦斯桶", "240", "9"),
    ("10公斤瓦斯桶", "440", "22"),
    ("16公斤瓦斯桶", "640", "34"),
    ("20公斤瓦斯桶", "760", "40"),
]
_WAY = ("confirmed", "assigned", "delivering", "arriving", "arrived", "delivered")
# How many status changes of _WAY today's first orders have had; the other orders are on routes.
_TODAY = (6, 6, 6, 6, 1, 1, 0, 0)
# Names, indexes in _CUSTOMERS in driving order, and the index of the driver in _DRIVERS. The third has no driver
# yet, so that the office has something to do.
_ROUTES: tuple[tuple[str, tuple[int, ...], int | None], ...] = (
    ("大安中正", (9, 0, 10, 17), 0),
    ("信義松山", (11, 2, 12, 13), 1),
    ("中山大同", (16, 15, 14, 4, 8), None),
)


class _Business(Struct, frozen=True):
    """The tenant and its records for orders. by: the principal who creates them."""

    tenant: Tenant
    by: Principal
    customers: list[Customer]
    drivers: list[Driver]
    products: list[Product]

    def order(self, customer: Customer, dice: random.Random, moment: datetime, days_ago: int = 0) -> str:
        """Creates an order and returns its id. days_ago: its day. At midnight today's orders are of yesterday."""
        draft = OrderDraft(
            customer_id=customer.id,
            scheduled_date=_today(self.tenant) - timedelta(days=days_ago),
            items=[ItemDraft(product_id=dice.choice(self.products).id, quantity=dice.choice((1, 1, 2)))],
            payment_method=dice.choice(("cash", "transfer")),
            notify=False,
        )
        order_id: str = create_order(self.by, self.tenant, draft, correlation_id="seed", now=moment)["id"]
        return order_id


def gas_business(sms_url: str, sms_key: str, steps: OrderSteps) -> tuple[list[dict[str, Any]], str]:
    """Creates the gas business; returns the logins for stack.json, and a display token."""
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
    office = person(tenant, "office@luckygas.example", "美惠", "office_staff")
    boss = person(tenant, "boss@luckygas.example", "幸福老闆", "admin")
    by = principal(tenant, office)
    drivers = [
        create_driver(by, NewDriver(name=name, phone=phone, vehicle=vehicle), now=now())
        for name, phone, vehicle in _DRIVERS
    ]
    customers = [
        create_customer(
            by,
            NewCustomer(name=name, phone=phone, address=address, location=Place(latitude, longitude)),
            now=now(),
        )
        for name, phone, address, latitude, longitude in _CUSTOMERS
    ]
    products = [
        product(by, name, "瓦斯", price, weight=Decimal(weight), is_cylinder=True)
        for name, price, weight in _CYLINDERS
    ]
    users = [
        boss,
        office,
        *(
            person(tenant, f"driver{n}@luckygas.example", row.name, "driver", driver_id=row.id)
            for n, row in enumerate(drivers, 1)
        ),
        person(tenant, "customer@luckygas.example", customers[0].name, "customer", customer_id=customers[0].id),
    ]
    business = _Business(tenant, by, customers, drivers, products)
    dice = random.Random(7)  # noqa: S311 — the same week on every laptop
    _orders(business, dice, steps)
    _routes(business, dice)
    display = create_display_token(principal(tenant, boss), NewDisplayToken(name="門市螢幕"), now=now())
    return [login(tenant, user) for user in users], display.token


def _today(tenant: Tenant) -> date:
    return local_date(now(), tenant.time_zone)


def _orders(business: _Business, dice: random.Random, steps: OrderSteps) -> None:
    for day in (3, 2, 1, 0):
        for n, taken in enumerate(_TODAY):
            moment = now() - timedelta(days=day, minutes=20 * (8 - n))
            order_id = business.order(dice.choice(business.customers), dice, moment, day)
            driver = business.drivers[n % len(business.drivers)]
            # Orders of past days are finished; today's are in the statuses of a morning.
            way = _WAY if day else _WAY[:taken]
            steps.start(partial(_move, business.by, order_id, way, driver, moment))


def _move(by: Principal, order_id: str, way: tuple[str, ...], driver: Driver, made: datetime) -> None:
    for k, status in enumerate(way, 1):
        moment = made + timedelta(minutes=9 * k)
        if status == "assigned":
            assign = AssignDraft(driver_id=driver.id, notify=False)
            assign_driver(by, order_id, assign, correlation_id="seed", now=moment)
        else:
            step(by, order_id, status, moment)


def _routes(business: _Business, dice: random.Random) -> None:
    """Creates today's routes, which are not started."""
    context = RequestContext(business.by, "seed", now(), notify=False)
    for name, places, driver in _ROUTES:
        draft = RouteDraft(
            date=_today(business.tenant),
            name=name,
            depot=_DEPOT,
            start_at=context.now + timedelta(minutes=10),
            stops=[StopDraft(order_id=each) for each in _confirmed(business, places, dice)],
        )
        route = create_route(context, business.tenant, draft)
        if driver is not None:
            assign_route(context, route.id, RouteAssignDraft(driver_id=business.drivers[driver].id))


def _confirmed(business: _Business, places: tuple[int, ...], dice: random.Random) -> Iterator[str]:
    for n, place in enumerate(places):
        moment = now() - timedelta(minutes=50 - 10 * n)
        order_id = business.order(business.customers[place], dice, moment)
        step(business.by, order_id, "confirmed", moment + timedelta(minutes=2))
        yield order_id
