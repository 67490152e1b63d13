"""All that is kept of a business, as a zip: `make export-tenant STAGE=… TENANT=… [OUT=…] [YES=1]`.

One file of JSON lines per table, and the pictures of proofs. Left out are secrets (hashes of passwords and
sessions) and what lives for days (connections, channel logs, read cursors, idempotency). Read while the business
works, so rows of one minute may lie beside rows of the next.
"""

import importlib
import json
import pkgutil
import sys
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import boto3
from boto3.dynamodb.types import TypeDeserializer

from chalicelib import models
from chalicelib.models.base import Table
from chalicelib.models.tenant import Tenant
from chalicelib.settings import settings
from infra.ops.stage import Refused, arguments, ask_first, run
from infra.ops.tenants import tenant

Row = dict[str, Any]

# Tables that are not keyed by the tenant, and how a business's rows are found in them: `row`, it is the tenant's
# own; `named`, the tenant is an attribute; `part`, the hash key begins with the tenant.
OTHERWISE: Final = {
    "driver_tracks": "part",
    "links": "named",
    "login_names": "named",
    "template_orders": "part",
    "tenants": "row",
}
# What ends by itself within days, or belongs to nobody.
LEFT_OUT: Final = frozenset(
    {
        "announcements",
        "channel_log",
        "connections",
        "counters",
        "event_claims",
        "idempotency",
        "import_rows",
        "rate_limits",
        "read_cursors",
        "refresh_tokens",
        "revocations",
        "sms_circuits",
        "subscriptions",
        "system_metrics",
    }
)
SECRET: Final = frozenset({"password_hash", "token_hash", "pin"})


def tables() -> dict[str, str]:
    """What is exported, by table: how its rows are found, `own` where its hash key is the tenant.

    Raises KeyError for a table of which nobody has said.
    """
    for module in pkgutil.iter_modules(models.__path__):
        importlib.import_module(f"{models.__name__}.{module.name}")
    found = {}
    for model in Table.__subclasses__():
        name = str(model.Meta.table_name).removeprefix(settings().table_prefix)
        if name not in LEFT_OUT:
            [hash_key] = [key for key, each in model.get_attributes().items() if each.is_hash_key]
            found[name] = "own" if hash_key == "tenant_id" else OTHERWISE[name]
    return dict(sorted(found.items()))


def rows(table: str, kind: str, tenant_id: str) -> Iterator[Row]:
    """The business's rows of a table, as plain values without secrets."""
    dynamodb = boto3.client("dynamodb")
    name = settings().table_prefix + table
    [hash_key, *_] = dynamodb.describe_table(TableName=name)["Table"]["KeySchema"]
    key = "tenant_id" if kind == "named" else hash_key["AttributeName"]
    asked = {
        "TableName": name,
        "ExpressionAttributeNames": {"#key": key},
        "ExpressionAttributeValues": {":tenant": {"S": f"{tenant_id}#" if kind == "part" else tenant_id}},
    }
    if kind in ("own", "row"):
        found = dynamodb.get_paginator("query").paginate(KeyConditionExpression="#key = :tenant", **asked)
    else:
        condition = "begins_with(#key, :tenant)" if kind == "part" else "#key = :tenant"
        found = dynamodb.get_paginator("scan").paginate(FilterExpression=condition, **asked)
    read = TypeDeserializer().deserialize
    for page in found:
        for item in page["Items"]:
            yield {field: read(each) for field, each in item.items() if field not in SECRET}


def write(row: Tenant, out: Path, *, says: Callable[[str], None] = print) -> None:
    """Makes the zip. Raises Refused where there is such a file already."""
    if out.exists():
        raise Refused(f"{out} exists already")
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for table, kind in tables().items():
            count = 0
            with packed.open(f"{table}.jsonl", "w") as file:
                for each in rows(table, kind, row.id):
                    file.write(json.dumps(each, ensure_ascii=False, default=_plain).encode() + b"\n")
                    count += 1
            says(f"{table}: {count}")
        says(f"pictures: {_pictures(packed, row.id)}")


def _pictures(packed: zipfile.ZipFile, tenant_id: str) -> int:
    s3, bucket = boto3.client("s3"), settings().proof_bucket
    count = 0
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{tenant_id}/"):
        for found in page.get("Contents", ()):
            picture = s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()
            packed.writestr(f"pictures/{found['Key'].partition('/')[2]}", picture, zipfile.ZIP_STORED)
            count += 1
    return count


def _plain(value: Any) -> Any:
    """What JSON does not know: DynamoDB's exact numbers, sets and bytes."""
    if isinstance(value, set | frozenset):
        return sorted(value)
    if hasattr(value, "value") and isinstance(value.value, bytes):
        return b64encode(value.value).decode()
    return int(value) if value == int(value) else float(value)


def main(given: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = ask_first(arguments("infra.ops.export_tenant", "Write all that is kept of a business into a zip."))
    parser.add_argument("--tenant", required=True)
    parser.add_argument("--out", default="", help="the file; <tenant>.zip where not said")

    def command(wanted: Any) -> None:
        row = tenant(wanted.tenant)
        out = Path(wanted.out or f"{row.id}.zip")
        if wanted.yes:
            write(row, out)
            print(f"{row.name} is in {out}: personal data, hand it over and delete it")
        else:
            print(f"{row.name}: {len(tables())} tables and the pictures go into {out} with YES=1")

    return run(command, parser, given)


if __name__ == "__main__":
    sys.exit(main())
