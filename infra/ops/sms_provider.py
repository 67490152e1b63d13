"""Sets a tenant's SMS provider: `make sms-provider STAGE=… TENANT=… PROVIDER=… [URL=… SENDER=… USERNAME=…]
[YES=1]`.

It reads the key or password from stdin, without an echo on a terminal, and writes it to Parameter Store; the other
settings are in the tenant's row. Functions use them within five minutes.
"""

import getpass
import sys
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import boto3

from chalicelib.models.tenant import SmsSettings, Tenant
from infra.ops.stage import Refused, add_yes_option, arguments, run
from infra.ops.tenants import tenant

# By provider: the required settings.
NEEDS: Final = {"http": ("url", "sender"), "mitake": ("username",), "sns": ()}
WITHOUT_SECRET: Final = frozenset({"sns"})


def check(stage: str, chosen: dict[str, str]) -> None:
    """Raises Refused for invalid settings. chosen: `provider` and its settings."""
    missing = [name for name in NEEDS[chosen["provider"]] if not chosen.get(name)]
    if missing:
        raise Refused(f"{chosen['provider']} needs {' and '.join(name.upper() for name in missing)}")
    url = chosen.get("url", "")
    if url and urlsplit(url).scheme != "https" and not (stage == "local" and urlsplit(url).scheme == "http"):
        raise Refused("the URL must begin with https://: texts and keys travel over it")


def give(stage: str, row: Tenant, chosen: dict[str, str], secret: str | None) -> None:
    """Writes the key, then the settings, so that no SMS is sent with another account's key.

    secret: None for the existing key.
    """
    if secret:
        name = f"/luckygas/{stage}/sms/{row.id}"
        boto3.client("ssm").put_parameter(Name=name, Value=secret, Type="SecureString", Overwrite=True)
    settings = SmsSettings(**{name: value for name, value in chosen.items() if value})
    row.update([Tenant.sms.set(settings)], condition=Tenant.id.exists())


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = add_yes_option(arguments("infra.ops.sms_provider", "Give a business its SMS provider."))
    parser.add_argument("--tenant", required=True, help="the business's id")
    parser.add_argument("--provider", choices=NEEDS, required=True)
    parser.add_argument("--url", default="", help="http: where texts are posted; mitake: another host")
    parser.add_argument("--sender", default="", help="http, sns: the name that the text comes from")
    parser.add_argument("--username", default="", help="mitake: the account")

    def command(options: Any) -> None:
        row = tenant(options.tenant)
        chosen = {name: getattr(options, name) for name in ("provider", "url", "sender", "username")}
        check(options.stage, chosen)
        has_secret = options.provider not in WITHOUT_SECRET
        if not options.yes:
            before = row.sms.provider if row.sms else "no provider"
            asks = "asks for its key or password and " if has_secret else ""
            print(f"{row.name} sends with {before}; YES=1 {asks}has it send with {_shown(chosen)}")
            return
        give(options.stage, row, chosen, _secret(options.provider) if has_secret else None)
        print(f"{row.name} sends with {_shown(chosen)}; functions know within five minutes")

    return run(command, parser, argv)


def _secret(provider: str) -> str | None:
    ask = f"key or password of {provider} (empty keeps the present one): "
    return (getpass.getpass(ask) if sys.stdin.isatty() else sys.stdin.readline()).strip() or None


def _shown(chosen: dict[str, str]) -> str:
    more = [f"{name} {value}" for name, value in chosen.items() if value and name != "provider"]
    return f"{chosen['provider']} ({', '.join(more)})" if more else chosen["provider"]


if __name__ == "__main__":
    sys.exit(main())
