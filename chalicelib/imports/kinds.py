"""How the rows of each kind become records.

Each kind imports its module when a part asks for it: the modules of all six take 20 ms of a cold start.
"""

from chalicelib.imports.planning import Kind


def kind_class(name: str) -> type[Kind]:
    """The class of a kind. Raises LookupError for a name that is not in `columns.KINDS`."""
    match name:
        case "customers":
            from chalicelib.imports.people import Customers  # noqa: PLC0415 - see above

            return Customers
        case "drivers":
            from chalicelib.imports.people import Drivers  # noqa: PLC0415 - see above

            return Drivers
        case "users":
            from chalicelib.imports.users import Users  # noqa: PLC0415 - see above

            return Users
        case "orders":
            from chalicelib.imports.orders import Orders  # noqa: PLC0415 - see above

            return Orders
        case "routes":
            from chalicelib.imports.routes import Routes  # noqa: PLC0415 - see above

            return Routes
        case "templates":
            from chalicelib.imports.templates import Templates  # noqa: PLC0415 - see above

            return Templates
    raise LookupError(name)
