"""Tenants, people, orders and events with default values, so that a test sets only the values that matter."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from chalicelib.auth.principal import Principal
from chalicelib.core.clock import new_id, now, wire
from chalicelib.models.connection import Subscription
from chalicelib.models.customer import Customer
from chalicelib.models.dining_table import DiningTable
from chalicelib.models.driver import Driver
from chalicelib.models.login_name import LoginName
from chalicelib.models.order import Location
from chalicelib.models.product import Product
from chalicelib.models.tenant import SmsSettings, Tenant
from chalicelib.models.user import User
from chalicelib.realtime.channels import channel_key
from chalicelib.realtime.chunks import MOST_POSTS
from chalicelib.realtime.events import Event
from chalicelib.realtime.log import append, heads
from chalicelib.records.tables import NewTable, create_table, qr_view

# A valid password; users of this module get their tokens without signing in.
PASSWORD = "correct horse battery"


@dataclass
class Business:
    """A tenant with its people."""

    tenant: Tenant
    admin: User
    staff: User
    drivers: list[tuple[User, Driver]] = field(default_factory=list)
    customer_user: User | None = None
    customer: Customer | None = None
    products: list[Product] = field(default_factory=list)

    @property
    def driver_user(self) -> User:
        return self.drivers[0][0]

    @property
    def driver(self) -> Driver:
        return self.drivers[0][1]


def tenant(kind: str = "delivery", **values: Any) -> Tenant:
    row = Tenant(
        **{
            "id": new_id(),
            "name": "幸福瓦斯行" if kind == "delivery" else "巷口小館",
            "kind": kind,
            "created_at": wire(now()),
            **values,
        }
    )
    row.save()
    return row


def user(of: Tenant, role: str = "office_staff", **values: Any) -> User:
    at = wire(now())
    row = User(
        **{
            "tenant_id": of.id,
            "id": (user_id := new_id()),
            "username": f"{role}-{user_id.lower()}@example.com",
            "name": role,
            "role": role,
            "password_hash": "not a hash: this user gets tokens without signing in",
            "sessions_valid_from": at,
            "created_at": at,
            "updated_at": at,
            **values,
        }
    )
    row.save()
    LoginName(row.username, tenant_id=of.id, user_id=row.id).save()
    return row


def driver(of: Tenant, name: str = "陳大明") -> tuple[User, Driver]:
    at = wire(now())
    row = Driver(of.id, new_id(), name=name, phone="+886912000111", created_at=at, updated_at=at)
    row.save()
    return user(of, "driver", driver_id=row.id, name=name), row


def customer(of: Tenant, **values: Any) -> Customer:
    at = wire(now())
    row = Customer(
        **{
            "tenant_id": of.id,
            "id": new_id(),
            "name": "王小姐",
            "phone": "+886912345678",
            "address": "臺北市大安區和平東路一段1號",
            "location": Location(latitude=25.0268, longitude=121.5223),
            "created_at": at,
            "updated_at": at,
            **values,
        }
    )
    row.save()
    return row


def product(of: Tenant, name: str, price: str, **values: Any) -> Product:
    at = wire(now())
    row = Product(of.id, new_id(), name=name, unit_price=Decimal(price), created_at=at, updated_at=at, **values)
    row.save()
    return row


def dining_table(of: Tenant, number: str = "A1") -> DiningTable:
    return create_table(principal(of), of, NewTable(number=number), now=now())


def principal(of: Tenant, role: str = "office_staff", **values: Any) -> Principal:
    """A user of the tenant, as if signed in."""
    return Principal(of.id, of.kind, new_id(), role, "session", 2**31, **values)


def qr_of(row: DiningTable) -> str:
    """The table's present QR code."""
    return qr_view(row, now()).qr


def delivery_business() -> Business:
    sms = SmsSettings(provider="http", url="http://127.0.0.1:1/sms", sender="LUCKYGAS")
    of = tenant("delivery", sms=sms)
    buyer = customer(of)
    return Business(
        tenant=of,
        admin=user(of, "admin"),
        staff=user(of),
        drivers=[driver(of), driver(of, "林志強")],
        customer=buyer,
        customer_user=user(of, "customer", customer_id=buyer.id),
        products=[
            product(of, "20公斤瓦斯桶", "720", is_cylinder=True),
            product(of, "16公斤瓦斯桶", "620.5", is_cylinder=True),
        ],
    )


def table_business() -> Business:
    of = tenant("table")
    return Business(
        tenant=of,
        admin=user(of, "admin"),
        staff=user(of),
        products=[product(of, "滷肉飯", "45"), product(of, "貢丸湯", "35")],
    )


def order_body(business: Business, **values: Any) -> dict[str, Any]:
    """A valid body of `POST /v1/orders` for the business."""
    if business.tenant.kind == "table":
        body = {"table_number": "A3", "items": [{"menu_item_id": business.products[0].id, "quantity": 2}]}
    else:
        assert business.customer is not None
        body = {
            "customer_id": business.customer.id,
            "items": [{"product_id": business.products[0].id, "quantity": 2}],
        }
    return {**body, **values}


def crowd_of(business: Business, *channels: str) -> list[str]:
    """One listener more than a function tells by itself, connected long ago; the connections' ids."""
    ids = [f"{uuid4()}=" for _ in range(MOST_POSTS + 1)]
    with Subscription.batch_write() as batch:
        for channel in channels:
            for each in ids:
                key = channel_key(business.tenant.id, channel)
                row = Subscription(key, each, format="standard", connected_at=0, expires_at=2**31)
                batch.save(row)
    return ids


def store_messages(
    tenant_id: str, user_id: str, count: int, *, at: datetime | None = None, text: str = ""
) -> list[Event]:
    """Messages in a user's own log, as if published then. Their content is their number."""
    channel = f"user:{user_id}"
    first = heads(tenant_id, (channel,))[channel].cursor + 1
    events = [
        Event(
            id=new_id(),
            type="personal_message",
            tenant_id=tenant_id,
            channels=(channel,),
            data={"content": str(number), "text": text},
            timestamp="2026-11-22T04:00:00.000Z",
        )
        for number in range(first, first + count)
    ]
    append(events, now=lambda: at or now())
    return events
