"""Restores a table as a copy: `make restore-table STAGE=… TABLE=orders TO=… [YES=1]`.

The copy has another name, so it does not affect the running system. `make copy-rows` then copies missing rows
back. Replacing the table with its name, stream and indexes would need a downtime.
"""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import boto3

from infra.ops.instants import instant
from infra.ops.stage import Refused, add_yes_option, arguments, run

_FORM: Final = "%Y-%m-%dT%H:%M:%SZ"


def check(table: str, moment: datetime) -> None:
    """Raises Refused if the table cannot be restored to that moment."""
    dynamodb = boto3.client("dynamodb")
    found = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    recovery = found["PointInTimeRecoveryDescription"]
    if recovery["PointInTimeRecoveryStatus"] != "ENABLED":
        raise Refused(f"{table} has no point-in-time recovery: only prod's tables do")
    first, last = recovery["EarliestRestorableDateTime"], recovery["LatestRestorableDateTime"]
    if not first <= moment <= last:
        raise Refused(f"{table} can be restored to any instant from {first:{_FORM}} to {last:{_FORM}}")


def restore(table: str, moment: datetime, copy: str) -> None:
    """Starts the restore; a large table takes an hour."""
    boto3.client("dynamodb").restore_table_to_point_in_time(
        SourceTableName=table, TargetTableName=copy, RestoreDateTime=moment, BillingModeOverride="PAY_PER_REQUEST"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = add_yes_option(arguments("infra.ops.restore_table", "Restore a table to an instant, beside it."))
    parser.add_argument("--table", required=True, help="without the prefix: orders")
    parser.add_argument("--to", required=True, help="15m, 2h, 1d ago, or an instant")

    def command(options: Any) -> None:
        moment = instant(options.to, datetime.now(UTC))
        table = f"luckygas-{options.stage}-{options.table}"
        copy = f"{table}-at-{moment:%Y%m%dT%H%M%S}"
        check(table, moment)
        if not options.yes:
            print(f"YES=1 restores {table} as of {moment:{_FORM}} to {copy}")
            return
        restore(table, moment, copy)
        print(f"{copy} is being made; once it is ACTIVE: make copy-rows STAGE={options.stage} FROM={copy}")

    return run(command, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
