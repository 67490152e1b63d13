"""Suspends a tenant, or restores it: `make suspend STAGE=… TENANT=… [RESTORE=1] [YES=1]`.

Its sockets close within a second or so, by the stream of its row, and its tokens are refused everywhere but for
the steps of orders, which trust a token for its hour.
"""

import sys
from collections.abc import Sequence
from typing import Any

from chalicelib.models.tenant import Tenant
from infra.ops.stage import add_yes_option, arguments, run
from infra.ops.tenants import tenant


def set_status(row: Tenant, status: str) -> None:
    """Sets the status: `active` or `suspended`."""
    row.update([Tenant.status.set(status)], condition=Tenant.id.exists())


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = add_yes_option(arguments("infra.ops.suspend", "Shut a business out, or let it in again."))
    parser.add_argument("--tenant", required=True)
    parser.add_argument("--restore", action="store_true", help="let it in again")

    def command(options: Any) -> None:
        row, status = tenant(options.tenant), "active" if options.restore else "suspended"
        if row.status == status:
            print(f"{row.name} is {status} already")
        elif options.yes:
            before = row.status
            set_status(row, status)
            print(f"{row.name} was {before}, and is {status}")
        else:
            print(f"{row.name} ({row.kind}) is {row.status}; YES=1 makes it {status}")

    return run(command, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
