"""Rotates the keys that sign tokens, without signing users out: `make rotate-jwt-keys STAGE=… [YES=1]`.

There are three steps, and each call does the next one:

  1. it adds a new key; functions read the keys again every five minutes
  2. the new key signs
  3. it removes the old keys, after two weeks, when the last QR code signed with them has expired; tokens expire
  after
     an hour, delivery labels after a day

LEAKED=1 is for a key that has leaked: within five minutes a new key signs and all others are removed. All users
must sign in again, and restaurants must print their codes again.
"""

import base64
import json
import secrets
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import boto3

from infra.ops.stage import add_yes_option, arguments, run

_READ_BY_ALL: Final = timedelta(minutes=5)
_LAST_CODE: Final = timedelta(days=14)


class Keys(NamedTuple):
    """The parameter: secrets by key id, the newest last. changed_at: when it was last written."""

    signing: str
    secrets: dict[str, str]
    changed_at: datetime


class Step(NamedTuple):
    """The next step. keys: to write; None if it is too early. says: the message for the operator."""

    keys: Keys | None
    says: str


def next_step(keys: Keys, now: datetime, *, leaked: bool = False) -> Step:
    """The next step for the current keys."""
    *older, newest = keys.secrets
    if leaked:
        fresh = _added(keys, now)
        kid = list(fresh.secrets)[-1]
        return Step(
            Keys(kid, {kid: fresh.secrets[kid]}, now),
            f"{kid} signs and {', '.join(keys.secrets)} go: sign-ins and printed codes are void in five minutes",
        )
    if keys.signing != newest:
        then = keys.changed_at + _READ_BY_ALL
        if now < then:
            return Step(None, f"{newest} may sign from {then:%H:%M:%S} UTC, when every function has read it")
        return Step(keys._replace(signing=newest), f"{newest} signs from now on")
    if older:
        then = keys.changed_at + _LAST_CODE
        if now < then:
            return Step(None, f"{', '.join(older)} may go from {then:%Y-%m-%d %H:%M} UTC, when no code needs it")
        return Step(keys._replace(secrets={newest: keys.secrets[newest]}), f"{', '.join(older)} go")
    added = _added(keys, now)
    return Step(added, f"{list(added.secrets)[-1]} is added; in five minutes the next call lets it sign")


def _added(keys: Keys, now: datetime) -> Keys:
    kid = f"k{now:%Y%m%d%H%M%S}"
    while kid in keys.secrets:  # made in the same second
        kid += "b"
    secret = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    return keys._replace(secrets={**keys.secrets, kid: secret})


def read(name: str) -> Keys:
    """The keys of a stage."""
    found = boto3.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]
    document = json.loads(found["Value"])
    return Keys(document["signing_kid"], document["keys"], found["LastModifiedDate"].astimezone(UTC))


def write(name: str, keys: Keys) -> None:
    """Writes the keys. Functions read them within five minutes, or when a token has a key unknown to them."""
    text = json.dumps({"signing_kid": keys.signing, "keys": keys.secrets})
    boto3.client("ssm").put_parameter(Name=name, Value=text, Type="SecureString", Overwrite=True)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = add_yes_option(
        arguments("infra.ops.rotate_jwt_keys", "Take the next step of changing the signing keys.")
    )
    parser.add_argument("--leaked", action="store_true", help="a new key at once, and no other")

    def command(options: Any) -> None:
        name = f"/luckygas/{options.stage}/jwt-keys"
        keys = read(name)
        print(
            f"{keys.signing} signs; valid: {', '.join(keys.secrets)}; changed {keys.changed_at:%Y-%m-%d %H:%M} UTC"
        )
        step = next_step(keys, datetime.now(UTC), leaked=options.leaked)
        if step.keys is not None and options.yes:
            write(name, step.keys)
            print(f"done: {step.says}")
        else:
            print(step.says if step.keys is None else f"YES=1: {step.says}")

    return run(command, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
