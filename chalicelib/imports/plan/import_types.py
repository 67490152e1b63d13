"""The ImportType of each kind of file.

Modules are imported when a part needs them, because all six take 20 ms of a cold start.
"""

from chalicelib.imports.plan.planning import ImportType


def import_type_class(name: str) -> type[ImportType]:
    """The class of a kind. Raises LookupError for a name that is not in `columns.TYPE_COLUMNS`."""
    match name:
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
    raise LookupError(name)
