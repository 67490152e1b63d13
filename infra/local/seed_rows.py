"""Functions of the seed for both businesses; they use the application's rules."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from typing import Any

from chalicelib.auth.principal import Principal
from chalicelib.auth.users import NewUser, create_user
from chalicelib.core.clock import now
from chalicelib.models.product import Product
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User
from chalicelib.orders.change import change_status
from chalicelib.orders.drafts import StatusDraft
from chalicelib.records.products import NewProduct, create_product

# Only for the local stack: this file is not in the deployment package, and no deployed stage has these users.
PASSWORD = "lucky-gas-demo"  # noqa: S105 — of the demo, printed by `make run`


class OrderSteps:
    """Changes the status of several orders in parallel; those of one order are sequential.

    Orders are created one after another, so that their ids and numbers always have the same sequence.
    """

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads
        self._started: list[Future[None]] = []

    def start(self, steps: Callable[[], None]) -> None:
        """Makes all status changes of an order in a thread."""
        self._started.append(self._threads.submit(steps))

    def wait(self) -> None:
        """Waits for all threads. Raises the error of one of them."""
        for each in self._started:
            each.result()


def product(by: Principal, name: str, category: str, price: str, **values: Any) -> Product:
    """Creates a product."""
    new = NewProduct(name=name, category=category, unit_price=Decimal(price), **values)
    return create_product(by, new, now=now())


def person(tenant: Tenant, username: str, name: str, role: Any, **links: str) -> User:
    """Creates a user with the password PASSWORD."""
    return create_user(tenant.id, NewUser(username=username, password=PASSWORD, name=name, role=role, **links))


def login(tenant: Tenant, user: User) -> dict[str, Any]:
    """A user's login for stack.json."""
    return {
        "tenant": tenant.name,
        "kind": tenant.kind,
        "role": user.role,
        "username": user.username,
        "password": PASSWORD,
    }


def principal(tenant: Tenant, user: User) -> Principal:
    """The principal of a user."""
    return Principal(tenant.id, tenant.kind, user.id, user.role, "seed", 0)


def step(by: Principal, order_id: str, status: str, moment: datetime) -> None:
    """Changes an order's status without events and SMS."""
    change_status(by, order_id, StatusDraft(status=status, notify=False), correlation_id="seed", now=moment)
