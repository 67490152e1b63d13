"""Tenants, users and keys for the tests of signing in."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from chalicelib.auth import users
from chalicelib.auth.signing_keys import KeyRing
from chalicelib.auth.users import NewUser, UserChanges
from chalicelib.core.clock import new_id, wire
from chalicelib.models.customer import Customer
from chalicelib.models.driver import Driver
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User
from chalicelib.tenants import tenants

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
PASSWORD = "cylinder-42"
OLD_KEY = "old key of at least thirty-two bytes"
NEW_KEY = "new key of at least thirty-two bytes"


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def a_tenant(kind: str = "delivery", *, now: datetime = NOW) -> Tenant:
    return tenants.create_tenant("幸福瓦斯", kind, now=now)


def a_user(
    tenant: Tenant, username: str = "mei@example.com", *, role: users.Role = "admin", now: datetime = NOW
) -> User:
    links: dict[str, str] = {}
    if role == "driver":
        links["driver_id"] = a_driver(tenant).id
    if role == "customer":
        links["customer_id"] = a_customer(tenant).id
    new = NewUser(username=username, password=PASSWORD, name="王小美", role=role, **links)
    return users.create_user(tenant.id, new, now=now)


def a_driver(tenant: Tenant) -> Driver:
    driver = Driver(tenant.id, new_id(), name="陳大文", created_at=wire(NOW), updated_at=wire(NOW))
    driver.save()
    return driver


def a_customer(tenant: Tenant) -> Customer:
    customer = Customer(tenant.id, new_id(), name="林小姐", created_at=wire(NOW), updated_at=wire(NOW))
    customer.save()
    return customer


def suspend_user(user: User, *, now: datetime = NOW) -> None:
    users.change_user(user.tenant_id, user.id, UserChanges(status="suspended"), by="somebody else", now=now)


def suspend_tenant(tenant: Tenant) -> None:
    tenant.update([Tenant.status.set("suspended")])


def keys_document(signing_kid: str, keys: Mapping[str, str]) -> str:
    return json.dumps({"signing_kid": signing_kid, "keys": keys})


def a_ring(signing_kid: str = "k1", keys: Mapping[str, str] | None = None) -> KeyRing:
    document = keys_document(signing_kid, keys or {"k1": OLD_KEY})
    return KeyRing(read=lambda: document)


KEYS = a_ring()
