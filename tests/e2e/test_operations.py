"""docs/operations.md, line by line on the local stack: every command in it does what is said of it."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3

from infra.local.environment import ACCOUNT, REGION, clean_environment
from infra.packaging import ROOT
from tests.e2e.client import Client
from tests.e2e.run_commands import KEY
from tests.e2e.stack import LocalStack

DOCUMENT = (ROOT / "docs" / "operations.md").read_text()
COMMANDS = re.findall(r"^    (make .*)$", DOCUMENT, re.MULTILINE)

# What commands say, by a part of them. What the emulator cannot do is refused in the words that AWS's answer has.
SAYS = {
    "make package": "packaged",
    "make deploy": "deployed luckygas-local",
    "make rotate-jwt-keys STAGE=local YES=1": "is added",
    "make redrive": "",
    "QUEUE=imports YES=1": "nothing was there",
    "make suspend STAGE=local TENANT=t-ops YES=1": "is suspended",
    "RESTORE=1 YES=1": "is active",
    "make disconnect": "signed out everywhere",
    "make rotate-sms-key STAGE=local TENANT=t-ops YES=1": f"…{KEY[-3:]}",
    "make replay STAGE=local SINCE=2h TENANT=t-ops": "0 orders to be replayed",
    "make copy-rows STAGE=local FROM=luckygas-local-customers-at-20261125T080000 TENANT": "1 brought back",
    "make export-tenant": "orders: ",
    "make forget-person STAGE=local TENANT=t-ops CUSTOMER=c-ops YES=1": "1 customer",
    "make run-now": "create_due_orders has run",
    "make figures": "connections",
    "make logs STAGE=local ORDER": "fan_out_done",
    "make sms-provider": "functions know within five minutes",
}
REFUSED = {"make restore-table": "can be restored to any instant from"}


def test_every_line_does_what_is_said_of_it(stack: LocalStack, tmp_path: Path) -> None:
    root = boto3.Session(ACCOUNT, "local", region_name=REGION)
    order_id, correlation_id = _prepared(stack, root.client("dynamodb", endpoint_url=stack.info["emulator_url"]))
    words = {
        "tenant id": "t-ops",
        "user id": "u-ops",
        "customer id": "c-ops",
        "order id": order_id,
        "correlation id": correlation_id,
        "account": "account",
        "restored table": "luckygas-local-customers-at-20261125T080000",
        "file": str(tmp_path / "export.zip"),
    }
    lines = [_on_the_stack(line, words) for line in COMMANDS]
    assert len(lines) > 30
    done = _run(stack, [_program(line) for line in lines])
    for line, result in zip(lines, done, strict=True):
        refusal = next((words for part, words in REFUSED.items() if part in line), None)
        if refusal is not None:
            assert (result["code"], refusal in result["err"]) == (1, True), (line, result)
            continue
        assert (result["code"], result["err"]) == (0, ""), (line, result)
        for part, said in SAYS.items():
            if part in line:
                assert said in result["out"], (line, result)
    unused = [part for part in (*SAYS, *REFUSED) if not any(part in line for line in lines)]
    assert unused == []


def test_every_make_target_for_people_on_call_is_in_the_document() -> None:
    makefile = (ROOT / "Makefile").read_text().replace("\\\n", " ")
    [targets] = re.findall(r"^OPS := (.*)$", makefile, re.MULTILINE)
    assert {line.split()[1] for line in COMMANDS} == {*targets.split(), "package", "deploy"}


def _prepared(stack: LocalStack, dynamodb: Any) -> tuple[str, str]:
    """A business, its user and customer to try things on, a customer that was lost; an order, a correlation id."""
    at = {"S": "2026-11-25T08:00:00.000Z"}
    who = {"tenant_id": {"S": "t-ops"}, "created_at": at, "updated_at": at}
    customer = {**who, "name": {"S": "王小明"}, "phone": {"S": "+886912345678"}, "version": {"N": "1"}}
    user = {
        **{name: {"S": name} for name in ("username", "name", "password_hash")},
        "role": {"S": "office_staff"},
        "sessions_valid_from": at,
    }
    tenant = {"id": {"S": "t-ops"}, "name": {"S": "營運"}, "kind": {"S": "delivery"}, "created_at": at}
    prefix = stack.environment["TABLE_PREFIX"]
    for table, row in (
        ("tenants", tenant),
        ("users", {**who, **user, "id": {"S": "u-ops"}}),
        ("customers", {**customer, "id": {"S": "c-ops"}}),
        ("customers", {**customer, "id": {"S": "c-lost"}}),
    ):
        dynamodb.put_item(TableName=prefix + table, Item=row)
    table = f"{prefix}customers"
    recovery = {"PointInTimeRecoveryEnabled": True}
    dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=recovery)
    copy = f"{table}-at-20261125T080000"
    dynamodb.restore_table_to_point_in_time(SourceTableName=table, TargetTableName=copy)
    dynamodb.delete_item(TableName=table, Key={"tenant_id": {"S": "t-ops"}, "id": {"S": "c-lost"}})
    office = Client(stack, "office_staff")
    with office.listen() as board:
        order = office.order()
        board.until("order_created")
    return order["id"], "no-such-correlation-id"


def _on_the_stack(line: str, words: dict[str, str]) -> str:
    """The line with this stack for prod, and with our names where the reader puts theirs."""
    return re.sub(r"<([a-z ]+)>", lambda found: words[found[1]], line.replace("STAGE=prod", "STAGE=local"))


def _program(line: str) -> list[str]:
    """What make would run: the module and its arguments. Without the virtual environment, which is there."""
    told = subprocess.run(
        [*shlex.split(line), "--dry-run", "--old-file=.venv/.ready"],
        cwd=ROOT,
        env=clean_environment(os.environ),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    [command] = [shlex.split(each) for each in told.replace("\\\n", " ").splitlines() if " -m infra." in each]
    return command[command.index("-m") + 1 :]


def _run(stack: LocalStack, commands: list[list[str]]) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.run_commands"],
        cwd=ROOT,
        env={**clean_environment(os.environ), **stack.environment, "LOCAL_DIR": str(stack.directory)},
        input=json.dumps(commands),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    results: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return results
