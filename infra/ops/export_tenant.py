"""Exports all data of a tenant as a zip: `make export-tenant STAGE=… TENANT=… [OUT=…] [YES=1]`.

The zip has a file of JSON lines per table, and the pictures of proofs. It has the attributes that
infra/ops/stored.py lists as `plain` or `personal`, so no hash, PIN or code that signs a person in or opens a page;
codes of links in SMS texts are masked. Tables whose rows expire within days are omitted. The tables are read while
the tenant works, so rows may be of different times.
"""

import json
import re
import sys
import zipfile
from base64 import b64encode
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import boto3
from boto3.dynamodb.types import TypeDeserializer

from chalicelib.auth.links import CODE_LENGTH
from chalicelib.core.settings import settings
from chalicelib.models.tenant import Tenant
from infra.ops.stage import Refused, add_yes_option, arguments, run
from infra.ops.stored import TABLES, Stored
from infra.ops.tenants import tenant

Row = dict[str, Any]

# The URL of a link (auth/links.py) in an SMS text.
_LINK: Final = re.compile(rf"(/l/)[0-9A-Za-z]{{{CODE_LENGTH}}}(?![0-9A-Za-z])")


def tables() -> dict[str, Stored]:
    """The exported tables."""
    return {name: stored for name, stored in TABLES.items() if stored.in_export}


def rows(table: str, tenant_id: str) -> Iterator[Row]:
    """The tenant's rows of a table, as plain values without secrets."""
    stored = TABLES[table]
    dynamodb = boto3.client("dynamodb")
    name = settings().table_prefix + table
    [hash_key, *_] = dynamodb.describe_table(TableName=name)["Table"]["KeySchema"]
    key = "tenant_id" if stored.found_by == "attribute" else hash_key["AttributeName"]
    is_part = stored.found_by == "part"
    asked = {
        "TableName": name,
        "ExpressionAttributeNames": {"#key": key},
        "ExpressionAttributeValues": {":tenant": {"S": f"{tenant_id}#" if is_part else tenant_id}},
    }
    if stored.found_by in ("tenant_id", "id"):
        found = dynamodb.get_paginator("query").paginate(KeyConditionExpression="#key = :tenant", **asked)
    else:
        condition = "begins_with(#key, :tenant)" if is_part else "#key = :tenant"
        found = dynamodb.get_paginator("scan").paginate(FilterExpression=condition, **asked)
    read = TypeDeserializer().deserialize
    paths = frozenset(f"{stored.plain} {stored.personal}".split())
    for page in found:
        for item in page["Items"]:
            yield exported({field: read(each) for field, each in item.items()}, paths)


def exported(row: Row, paths: Collection[str], within: str = "") -> Row:
    """The part of a row, or of a map in it, that these paths name; codes of links are masked."""
    found = {}
    for name, value in row.items():
        path = within + name
        if path in paths:
            found[name] = _without_codes(value)
        elif any(each.startswith(f"{path}.") for each in paths):
            found[name] = _inner(value, paths, f"{path}.")
    return found


def _inner(value: Any, paths: Collection[str], within: str) -> Any:
    if isinstance(value, dict):
        return exported(value, paths, within)
    return [exported(each, paths, within) for each in value] if isinstance(value, list) else None


def _without_codes(value: Any) -> Any:
    if isinstance(value, str):
        return _LINK.sub(r"\1…", value)
    if isinstance(value, list):
        return [_without_codes(each) for each in value]
    if isinstance(value, dict):
        return {name: _without_codes(each) for name, each in value.items()}
    return value


def write(row: Tenant, out: Path, *, says: Callable[[str], None] = print) -> None:
    """Writes the zip. Raises Refused if the file already exists."""
    if out.exists():
        raise Refused(f"{out} exists already")
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for table in tables():
            count = 0
            with packed.open(f"{table}.jsonl", "w") as file:
                for each in rows(table, row.id):
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
    """Converts types that JSON does not have: DynamoDB's exact numbers, sets and bytes."""
    if isinstance(value, set | frozenset):
        return sorted(value)
    if hasattr(value, "value") and isinstance(value.value, bytes):
        return b64encode(value.value).decode()
    return int(value) if value == int(value) else float(value)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = add_yes_option(
        arguments("infra.ops.export_tenant", "Write all that is stored of a business into a zip.")
    )
    parser.add_argument("--tenant", required=True)
    parser.add_argument("--out", default="", help="the file; default: <tenant>.zip")

    def command(options: Any) -> None:
        row = tenant(options.tenant)
        out = Path(options.out or f"{row.id}.zip")
        if options.yes:
            write(row, out)
            print(f"{row.name} is in {out}: personal data, hand it over and delete it")
        else:
            print(f"{row.name}: {len(tables())} tables and the pictures go into {out} with YES=1")

    return run(command, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
