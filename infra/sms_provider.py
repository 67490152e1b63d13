"""Gives a tenant its SMS provider: `python -m infra.sms_provider --stage dev --tenant 01K… --provider mitake …`.

The key or password is read from stdin, without an echo on a terminal, and goes to Parameter Store; the rest goes
into the tenant's row. With `--stage local` the local stack's.
"""

import argparse
import getpass
import sys
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.aws_errors import sentence
from infra.deploy import STAGES
from infra.ops.stage import Refused, reach

# By provider: what it cannot do without.
NEEDS: Final = {"http": ("url", "sender"), "mitake": ("username",), "sns": ()}
WITHOUT_SECRET: Final = frozenset({"sns"})


class SettingsRefused(ValueError):
    """The settings cannot work; the message says which and why."""


def give(stage: str, tenant_id: str, chosen: dict[str, str], secret: str | None) -> None:
    """Writes key, then settings: a text is never sent with another account's key.

    chosen: `provider` and what it needs. secret: None keeps the one that is there. Raises SettingsRefused.
    """
    missing = [name for name in NEEDS[chosen["provider"]] if not chosen.get(name)]
    if missing:
        raise SettingsRefused(f"{chosen['provider']} needs --{', --'.join(missing)}")
    url = chosen.get("url", "")
    if url and urlsplit(url).scheme != "https" and not (stage == "local" and urlsplit(url).scheme == "http"):
        raise SettingsRefused("the URL must begin with https://: texts and keys travel over it")
    if secret:
        name = f"/luckygas/{stage}/sms/{tenant_id}"
        boto3.client("ssm").put_parameter(Name=name, Value=secret, Type="SecureString", Overwrite=True)
    sms: dict[str, Any] = {name: {"S": value} for name, value in chosen.items() if value}
    try:
        boto3.client("dynamodb").update_item(
            TableName=f"luckygas-{stage}-tenants",
            Key={"id": {"S": tenant_id}},
            UpdateExpression="SET sms = :sms",
            ConditionExpression="attribute_exists(id)",
            ExpressionAttributeValues={":sms": {"M": sms}},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        raise SettingsRefused(f"there is no tenant {tenant_id} on stage {stage}") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Exit code 1 with the reason on stderr."""
    parser = argparse.ArgumentParser(prog="python -m infra.sms_provider", description="Set a tenant's provider.")
    parser.add_argument("--stage", choices=STAGES, required=True)
    parser.add_argument("--tenant", required=True, help="the tenant's id")
    parser.add_argument("--provider", choices=NEEDS, required=True)
    parser.add_argument("--url", default="", help="http: where texts are posted; mitake: another host")
    parser.add_argument("--sender", default="", help="http, sns: the name that the text comes from")
    parser.add_argument("--username", default="", help="mitake: the account")
    given = parser.parse_args(arguments)
    secret = None
    if given.provider not in WITHOUT_SECRET:
        ask = f"key or password of {given.provider} (empty keeps the present one): "
        secret = (getpass.getpass(ask) if sys.stdin.isatty() else sys.stdin.readline()).strip() or None
    chosen = {name: getattr(given, name) for name in ("provider", "url", "sender", "username")}
    try:
        reach(given.stage)
        give(given.stage, given.tenant, chosen, secret)
    except (SettingsRefused, Refused) as error:
        print(f"error: {error}", file=sys.stderr)
    except (ClientError, BotoCoreError) as error:
        print(f"error: {sentence(error)}", file=sys.stderr)
    else:
        print(f"{given.tenant} sends with {given.provider}; functions know within five minutes")
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
