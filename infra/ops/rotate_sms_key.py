"""Replaces the key or password of a tenant's SMS provider: `make rotate-sms-key STAGE=… TENANT=… [YES=1]`.

It reads the key from stdin, without an echo on a terminal. Functions use it within five minutes, so the old one
must stay valid that long. For another provider or account use `make sms-provider`.
"""

import getpass
import sys
from collections.abc import Sequence
from typing import Any, Final

import boto3

from infra.ops.sms_provider import WITHOUT_SECRET
from infra.ops.stage import Refused, add_yes_option, arguments, run
from infra.ops.tenants import tenant

_SHOWN: Final = 3


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = add_yes_option(arguments("infra.ops.rotate_sms_key", "Give a business's SMS provider another key."))
    parser.add_argument("--tenant", required=True)

    def command(options: Any) -> None:
        row = tenant(options.tenant)
        provider = row.sms.provider if row.sms else None
        if provider is None or provider in WITHOUT_SECRET:
            raise Refused(f"{row.name} has no provider with a key: make sms-provider gives it one")
        name = f"/luckygas/{options.stage}/sms/{row.id}"
        if not options.yes:
            print(f"{row.name} sends with {provider}; YES=1 reads the new key and writes {name}")
            return
        ask = f"new key or password of {provider}: "
        key = (getpass.getpass(ask) if sys.stdin.isatty() else sys.stdin.readline()).strip()
        if not key:
            raise Refused("no key was given, the old one stays")
        boto3.client("ssm").put_parameter(Name=name, Value=key, Type="SecureString", Overwrite=True)
        print(f"{row.name} sends with the key that ends in …{key[-_SHOWN:]} within five minutes")

    return run(command, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
