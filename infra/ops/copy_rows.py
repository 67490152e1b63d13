"""Copies rows from a restored table: `make copy-rows STAGE=… FROM=… [TENANT=…] [OVERWRITE=1] [YES=1]`.

It copies missing rows; with OVERWRITE also those that differ now. Orders are copied without events and SMS. The
operator deletes the restored table afterwards.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

import boto3
from botocore.exceptions import ClientError

from infra.ops.stage import Refused, add_yes_option, arguments, run

Item = dict[str, Any]
_NAME: Final = re.compile(r"(?P<table>luckygas-[a-z]+-[a-z_]+)-at-\d{8}T\d{6}")
_AT_ONCE: Final = 100


def original(copy: str, stage: str) -> str:
    """The table of a copy. Raises Refused."""
    found = _NAME.fullmatch(copy)
    if found is None or not found["table"].startswith(f"luckygas-{stage}-"):
        raise Refused(f"{copy} is no table that restore-table made on stage {stage}")
    return found["table"]


def differences(copy: str, table: str, tenant_id: str = "") -> Iterator[tuple[Item, Item | None]]:
    """Rows of the copy that are missing or different in the table: the old row, and the current one or None."""
    dynamodb = boto3.client("dynamodb")
    keys = [each["AttributeName"] for each in dynamodb.describe_table(TableName=table)["Table"]["KeySchema"]]
    for page in dynamodb.get_paginator("scan").paginate(TableName=copy, PaginationConfig={"PageSize": _AT_ONCE}):
        items = [each for each in page["Items"] if not tenant_id or _is_of(each, keys, tenant_id)]
        if not items:
            continue
        there = _read(dynamodb, table, [{key: item[key] for key in keys} for item in items])
        present = {_key(item, keys): item for item in there}
        for item in items:
            now = present.get(_key(item, keys))
            if now != item:
                yield item, now


def put(table: str, item: Item, now: Item | None) -> bool:
    """Restores a row, unless it has changed since it was compared."""
    dynamodb = boto3.client("dynamodb")
    keys = [each["AttributeName"] for each in dynamodb.describe_table(TableName=table)["Table"]["KeySchema"]]
    quiet = {**item, "notify": {"BOOL": False}} if "notify" in item else item
    try:
        if now is None:
            dynamodb.put_item(
                TableName=table,
                Item=quiet,
                ConditionExpression="attribute_not_exists(#key)",
                ExpressionAttributeNames={"#key": keys[0]},
            )
        elif "version" in now:
            # By the version if rows have one, because it rises with every change.
            dynamodb.put_item(
                TableName=table,
                Item={**quiet, "version": {"N": str(int(now["version"]["N"]) + 1)}},
                ConditionExpression="#version = :version",
                ExpressionAttributeNames={"#version": "version"},
                ExpressionAttributeValues={":version": now["version"]},
            )
        else:
            dynamodb.update_item(
                TableName=table, Key={key: item[key] for key in keys}, **_change(quiet, now, keys)
            )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True


def _change(item: Item, now: Item, keys: Sequence[str]) -> dict[str, Any]:
    """The request that restores a row if all compared attributes are unchanged.

    An update, not a put, which would delete an attribute that was added after the comparison.
    """
    names = {f"#a{n}": name for n, name in enumerate(sorted({*item, *now} - {*keys}))}
    values: Item = {}
    same, sets, removes = [], [], []
    for sign, name in names.items():
        was, new = f":was{sign[1:]}", f":new{sign[1:]}"
        if name in now:
            values[was] = now[name]
            same.append(f"{sign} = {was}")
        else:
            same.append(f"attribute_not_exists({sign})")
        if name not in item:
            removes.append(sign)
        elif item[name] != now.get(name):
            values[new] = item[name]
            sets.append(f"{sign} = {new}")
    actions = [f"SET {', '.join(sets)}" if sets else "", f"REMOVE {', '.join(removes)}" if removes else ""]
    return {
        "UpdateExpression": " ".join(filter(None, actions)),
        "ConditionExpression": " AND ".join(same),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }


def _read(dynamodb: Any, table: str, keys: list[Item]) -> Iterator[Item]:
    left = {table: {"Keys": keys, "ConsistentRead": True}}
    while left:
        answer = dynamodb.batch_get_item(RequestItems=left)
        yield from answer["Responses"].get(table, ())
        left = answer.get("UnprocessedKeys", {})


def _key(item: Item, keys: Sequence[str]) -> str:
    return repr([item[key] for key in keys])


def _is_of(item: Item, keys: Sequence[str], tenant_id: str) -> bool:
    named = item.get("tenant_id", {}).get("S")
    return named == tenant_id or str(item[keys[0]].get("S", "")).split("#")[0] == tenant_id


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = add_yes_option(arguments("infra.ops.copy_rows", "Bring rows back from a restored table."))
    parser.add_argument("--copy", required=True, help="the table that restore-table made")
    parser.add_argument("--tenant", default="", help="one business's rows; default: all")
    parser.add_argument("--overwrite", action="store_true", help="also rows that are different now")

    def command(options: Any) -> None:
        table = original(options.copy, options.stage)
        missing = different = done = changed = 0
        for item, now in differences(options.copy, table, options.tenant):
            missing += now is None
            different += now is not None
            if options.yes and (now is None or options.overwrite):
                if put(table, item, now):
                    done += 1
                else:
                    changed += 1
        print(f"{table}: {missing} rows are missing, {different} are different from {options.copy}")
        if not options.yes:
            print(f"YES=1 brings back what is missing{' and what is different' if options.overwrite else ''}")
            return
        print(f"{done} brought back")
        if changed:
            print(f"{changed} left alone: they changed at this moment")

    return run(command, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
