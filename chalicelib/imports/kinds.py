"""How the rows of each kind become records."""

from collections.abc import Mapping
from typing import Final

from chalicelib.imports.orders import Orders
from chalicelib.imports.people import Customers, Drivers
from chalicelib.imports.planning import Kind
from chalicelib.imports.routes import Routes
from chalicelib.imports.templates import Templates
from chalicelib.imports.users import Users

KINDS: Final[Mapping[str, type[Kind]]] = {
    "customers": Customers,
    "drivers": Drivers,
    "users": Users,
    "orders": Orders,
    "routes": Routes,
    "templates": Templates,
}
