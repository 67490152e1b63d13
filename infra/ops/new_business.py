"""Creates a tenant and its first admin: `make new-business STAGE=… NAME=… KIND=… USERNAME=… [TIME_ZONE=…]
[YES=1]`.

The command makes the password and prints it once: a typed one could be weak or mistyped, and then the only admin
could not sign in. The admin must change it at the first sign-in.
"""

import sys
from collections.abc import Sequence
from typing import Any

from chalicelib.auth.first_admin import create_tenant, is_username_taken, new_tenant_with_admin
from chalicelib.auth.passwords import readable_secret
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.core.settings import settings
from chalicelib.tenants.tenants import KINDS
from infra.ops.stage import Refused, add_yes_option, arguments, run


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = add_yes_option(arguments("infra.ops.new_business", "Make a business and its first admin."))
    parser.add_argument("--name", required=True, help="as its customers know it")
    parser.add_argument("--kind", choices=sorted(KINDS), required=True)
    parser.add_argument("--username", required=True, help="the first admin's email address or phone number")
    parser.add_argument("--time-zone", default="Asia/Taipei", help="an IANA name; default: Asia/Taipei")

    def command(options: Any) -> None:
        password = readable_secret()
        try:
            tenant, admin = new_tenant_with_admin(
                options.name, options.kind, options.username, password, time_zone=options.time_zone
            )
            if is_username_taken(admin.username):
                raise _taken(admin.username)
            who = f"{tenant.name} ({tenant.kind}, {tenant.time_zone})"
            if not options.yes:
                print(f"YES=1 makes {who} with the admin {admin.username}, and prints a password")
                return
            create_tenant(tenant, admin)
        except Invalid as error:
            raise Refused(error.detail) from error
        except Conflict as error:
            raise _taken(admin.username) from error
        print(f"{who} is {tenant.id}")
        print(f"{admin.username} signs in at {settings().public_url}/console with {password}")
        print("The password is shown here only: hand it over. It must be changed at the first sign-in.")

    return run(command, parser, argv)


def _taken(username: str) -> Refused:
    return Refused(f"a user signs in as {username} already: a username is unique across all businesses")


if __name__ == "__main__":
    sys.exit(main())
