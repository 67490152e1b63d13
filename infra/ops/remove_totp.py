"""Removes an admin's second factor: `make remove-totp STAGE=… TENANT=… USER_ID=… [YES=1]`.

It is for an admin who has lost the phone and the recovery codes. The password is still needed, and all sessions
end.
"""

import sys
from collections.abc import Sequence
from typing import Any

from chalicelib.auth import totp
from chalicelib.core.clock import now
from infra.ops import tenants
from infra.ops.disconnect import sign_out
from infra.ops.stage import add_yes_option, arguments, run


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = add_yes_option(arguments("infra.ops.remove_totp", "Remove a locked-out admin's second factor."))
    parser.add_argument("--tenant", required=True)
    parser.add_argument("--user", required=True, help="the user's id")

    def command(options: Any) -> None:
        user = tenants.user(options.tenant, options.user)
        who = f"{user.role} {user.id}"
        if user.totp_salt is None:
            print(f"{who} signs in without codes")
        elif options.yes:
            totp.remove(user, now=now())
            sign_out(user, now())
            print(f"{who} signs in without codes from now on, and is signed out everywhere")
        else:
            print(f"{who} signs in with codes; YES=1 removes that")

    return run(command, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
