"""What the seed makes for either business, by the app's own rules."""

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

# For the local stack alone: this file is not in the package, and no deployed stage has these people.
PASSWORD = "lucky-gas-demo"  # noqa: S105 — of the demo, printed by `make run`


class OrderSteps:
    """Steps of several orders at the same time; those of one order follow each other.

    Orders themselves are made one after another, so that their ids and numbers are in the same sequence each time.
    """

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads
        self._started: list[Future[None]] = []

    def start(self, steps: Callable[[], None]) -> None:
        """Takes all the steps of one order, in a thread."""
        self._started.append(self._threads.submit(steps))

    def wait(self) -> None:
        """Returns when all steps are taken. Raises what one of them raised."""
        for each in self._started:
            each.result()


def product(by: Principal, name: str, category: str, price: str, **values: Any) -> Product:
    """Something to order."""
    new = NewProduct(name=name, category=category, unit_price=Decimal(price), **values)
    return create_product(by, new, now=now())


def person(tenant: Tenant, username: str, name: str, role: Any, **links: str) -> User:
    """Somebody who signs in with PASSWORD."""
    return create_user(tenant.id, NewUser(username=username, password=PASSWORD, name=name, role=role, **links))


def login(tenant: Tenant, user: User) -> dict[str, Any]:
    """How to sign in, as it is in stack.json."""
    return {
        "tenant": tenant.name,
        "kind": tenant.kind,
        "role": user.role,
        "username": user.username,
        "password": PASSWORD,
    }


def principal(tenant: Tenant, user: User) -> Principal:
    """The user, as if signed in."""
    return Principal(tenant.id, tenant.kind, user.id, user.role, "seed", 0)


def step(by: Principal, order_id: str, status: str, moment: datetime) -> None:
    """A step that nobody is told of."""
    change_status(by, order_id, StatusDraft(status=status, notify=False), correlation_id="seed", now=moment)
