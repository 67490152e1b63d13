"""The planner of each kind of file.

Modules are imported when a part needs them, because all six take 20 ms of a cold start.
"""

from typing import assert_never

from chalicelib.imports.map.columns import ImportKind
from chalicelib.imports.plan.planning import RowPlanner


def planner_class(kind: ImportKind) -> type[RowPlanner]:
    """The planner for files of this kind."""
    match kind:
        case "customers":
            from chalicelib.imports.plan.people import Customers  # noqa: PLC0415 - see above

            return Customers
        case "drivers":
            from chalicelib.imports.plan.people import Drivers  # noqa: PLC0415 - see above

            return Drivers
        case "users":
            from chalicelib.imports.plan.users import Users  # noqa: PLC0415 - see above

            return Users
        case "orders":
            from chalicelib.imports.plan.orders import Orders  # noqa: PLC0415 - see above

            return Orders
        case "routes":
            from chalicelib.imports.plan.routes import Routes  # noqa: PLC0415 - see above

            return Routes
        case "templates":
            from chalicelib.imports.plan.templates import Templates  # noqa: PLC0415 - see above

            return Templates
    assert_never(kind)
