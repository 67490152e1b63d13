"""Ends all sessions and sockets of a user: `make disconnect STAGE=… TENANT=… USER_ID=… [YES=1]`.

All earlier sessions become invalid, and the stream of the user's row closes the sockets. The user can sign in
again with the password, unless an admin of the tenant suspends the user.
"""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chalicelib.core.clock import now, wire
from chalicelib.models.user import User
from chalicelib.realtime import connections
from infra.ops import tenants
from infra.ops.stage import add_yes_option, arguments, run


def sign_out(user: User, moment: datetime) -> None:
    """Invalidates all earlier sessions of the user."""
    at = wire(moment)
    user.update([User.sessions_valid_from.set(at), User.updated_at.set(at)], condition=User.id.exists())


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = add_yes_option(arguments("infra.ops.disconnect", "Sign a user out everywhere and off every socket."))
    parser.add_argument("--tenant", required=True)
    parser.add_argument("--user", required=True, help="the user's id")

    def command(options: Any) -> None:
        user = tenants.user(options.tenant, options.user)
        rows = connections.of_user(user.tenant_id, user.id)
        print(f"{user.role} {user.id} ({user.status}) has {len(list(rows))} connections")
        if options.yes:
            sign_out(user, now())
            print("signed out everywhere; the sockets close within a second or so")
        else:
            print("YES=1 signs them out everywhere")

    return run(command, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
