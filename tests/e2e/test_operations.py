"""Runs every command of docs/operations.md on the local stack, and checks that it does what the document says."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from infra.local.environment import clean_environment
from infra.packaging import ROOT
from tests.e2e.client import Client
from tests.e2e.on_call import COPY, CORRELATION, CUSTOMER, DRIVER, TENANT, USER, prepare
from tests.e2e.run_commands import INTERRUPTED, KEY
from tests.e2e.stack import LocalStack

DOCUMENT: Final = (ROOT / "docs" / "operations.md").read_text()
COMMANDS: Final = re.findall(r"^    make (.*)$", DOCUMENT, re.MULTILINE)
MAKEFILE: Final = (ROOT / "Makefile").read_text().replace("\\\n", " ")

# The whole output of each command, without STAGE=prod.
SAYS: Final = {
    "package": ["packaged"],
    "deploy": ["deployed luckygas-local"],
    'deploy PARAMETERS="AlarmEmail=ops@example.com RequestsPerSecond=1000"': ["deployed luckygas-local"],
    # The local stage has no distribution.
    'deploy PARAMETERS="EdgeRequestsPer5Minutes=3000"': ["deployed luckygas-local"],
    "new-business NAME=幸福瓦斯行 KIND=delivery USERNAME=boss@example.com": [
        "YES=1 makes 幸福瓦斯行 (delivery, Asia/Taipei)"
    ],
    "new-business NAME=幸福瓦斯行 KIND=delivery USERNAME=boss@example.com YES=1": ["boss@example.com signs in at"],
    'new-business NAME="Sushi Bar" KIND=table USERNAME=chef@example.com TIME_ZONE=Asia/Tokyo YES=1': [
        "Sushi Bar (table, Asia/Tokyo) is 01"
    ],
    "rotate-jwt-keys": ["YES=1: ", "is added"],
    "rotate-jwt-keys YES=1": ["done: ", "is added"],
    "rotate-jwt-keys LEAKED=1": ["YES=1: ", " signs and "],
    "redrive QUEUE=texts": ["1 letters in luckygas-local-sms-dead-letters", "1 of business t-ops"],
    "redrive QUEUE=imports YES=1": ["1 outdated"],
    "sms-provider TENANT=<tenant id> PROVIDER=sns SENDER=LuckyGas": ["YES=1 has it send with sns"],
    "sms-provider TENANT=<tenant id> PROVIDER=sns SENDER=LuckyGas YES=1": [
        "營運 sends with sns (sender LuckyGas)"
    ],
    "sms-provider TENANT=<tenant id> PROVIDER=http URL=https://sms.example/send SENDER=LUCKYGAS YES=1": [
        "營運 sends with http (url https://sms.example/send, sender LUCKYGAS)"
    ],
    "sms-provider TENANT=<tenant id> PROVIDER=mitake USERNAME=<account> YES=1": [
        "營運 sends with mitake (username account)"
    ],
    "redrive QUEUE=texts YES=1": ["1 settled"],
    "rotate-sms-key TENANT=<tenant id>": ["營運 sends with mitake; YES=1 reads the new key"],
    "rotate-sms-key TENANT=<tenant id> YES=1": [f"…{KEY[-3:]}"],
    "logs FUNCTION=orders_stream LEVEL=ERROR SINCE=1d": ["an_error_by_hand"],
    "redrive QUEUE=streams": ["1 batches of luckygas-local-orders", "1 chunks"],
    "redrive QUEUE=streams YES=1": ["1 followed", "1 dropped"],
    "replay SINCE=2h TENANT=<tenant id>": ["t-ops: 1 orders to be replayed", "o-now"],
    "replay SINCE=2026-11-25T08:00:00Z UNTIL=2026-11-25T10:00:00Z YES=1": ["t-ops: 1 orders replayed"],
    "suspend TENANT=<tenant id> YES=1": ["was active, and is suspended"],
    "suspend TENANT=<tenant id> RESTORE=1 YES=1": ["was suspended, and is active"],
    "disconnect TENANT=<tenant id> USER_ID=<user id> YES=1": ["signed out everywhere"],
    "remove-totp TENANT=<tenant id> USER_ID=<user id> YES=1": ["signs in without codes"],
    "run-now FUNCTION=create_due_orders YES=1": ["create_due_orders has run"],
    "figures": ["reconnects", "ms behind at most"],
    "figures DAY=2026-11-24": ["2026-11-24T08:00Z           77"],
    "copy-rows FROM=<restored table>": ["1 rows are missing, 1 are different", "YES=1 brings back"],
    "copy-rows FROM=<restored table> TENANT=<tenant id> YES=1": ["1 rows are missing", "1 brought back"],
    "copy-rows FROM=<restored table> TENANT=<tenant id> OVERWRITE=1 YES=1": [
        "0 rows are missing",
        "1 brought back",
    ],
    "export-tenant TENANT=<tenant id> OUT=<file> YES=1": ["orders: 2", "customers: 3", "hand it over"],
    "forget-person TENANT=<tenant id> CUSTOMER=<customer id>": ["customers: 1, drivers: 0", "YES=1"],
    "forget-person TENANT=<tenant id> CUSTOMER=<customer id> YES=1": ["customers: 1"],
    "forget-person TENANT=<tenant id> PHONE=0987654321 YES=1": ["customers: 0, drivers: 0", "texts: 0"],
    "forget-person TENANT=<tenant id> DRIVER=<driver id>": ["customers: 0, drivers: 1", "YES=1"],
    "forget-person TENANT=<tenant id> USER_ID=<user id>": ["sign-ins: 1", "YES=1"],
    "sms-history TENANT=<tenant id>": ["stores texts for 18 months; YES=1 makes"],
    "sms-history TENANT=<tenant id> MONTHS=12 YES=1": ["stores texts for 12 months; "],
    "sms-history YES=1": ["stores texts for 12 months", "stores texts for 18 months"],
    "logs": ["request_done"],
    "logs ORDER=<order id> SINCE=2h": ["request_done", "fan_out_done"],
    "logs CORRELATION=<correlation id> SINCE=1d": ["request_done", "fan_out_done"],
    "logs FUNCTION=send_sms LEVEL=WARNING SINCE=2026-11-25T08:00:00Z": ["a_warning_by_hand"],
    "logs FUNCTION=orders_stream FOLLOW=1": ["an_error_by_hand", "no_error_by_hand"],
}
SAYS_NOT: Final = {"logs FUNCTION=orders_stream LEVEL=ERROR SINCE=1d": ["no_error_by_hand"]}
# Of the emulator's tables no instant but this second can be restored: tests/infra/ops/test_restore.py does it.
REFUSED: Final = {
    "restore-table TABLE=customers TO=2026-11-25T08:00:00Z": "can be restored to any instant from",
    "restore-table TABLE=customers TO=2h YES=1": "can be restored to any instant from",
}


@pytest.mark.takes(180)
def test_every_command_has_the_documented_effect(stack: LocalStack, tmp_path: Path) -> None:
    words = {
        "tenant id": TENANT,
        "user id": USER,
        "customer id": CUSTOMER,
        "driver id": DRIVER,
        "order id": prepare(stack),
        "correlation id": CORRELATION,
        "account": "account",
        "restored table": COPY,
        "file": str(tmp_path / "export.zip"),
    }
    lines = [line.replace(" STAGE=prod", "") for line in COMMANDS]
    assert sorted(lines) == sorted([*SAYS, *REFUSED]), "what is expected of a line is written here"
    done = dict(zip(lines, _run(stack, [_program(_filled_in(line, words)) for line in lines]), strict=True))
    for line, sent in SAYS.items():
        result = done[line]
        code = INTERRUPTED if "FOLLOW=1" in line else 0
        assert (result["code"], result["err"]) == (code, ""), (line, result)
        assert [each for each in sent if each not in result["out"]] == [], (line, result)
        assert [each for each in SAYS_NOT.get(line, []) if each in result["out"]] == [], (line, result)
    for line, refusal in REFUSED.items():
        assert (done[line]["code"], refusal in done[line]["err"]) == (1, True), (line, done[line])
    made = done["new-business NAME=幸福瓦斯行 KIND=delivery USERNAME=boss@example.com YES=1"]["out"]
    [password] = re.findall(r"/console with (\S+)", made)
    boss = Client.signing_in(stack, "boss@example.com", password)
    assert boss.get("/v1/auth/me").json()["role"] == "admin"


def test_every_make_target_for_people_on_call_is_in_the_document() -> None:
    assert {line.split()[0] for line in COMMANDS} == {*_targets(), "package", "deploy"}


def test_every_variable_of_those_targets_is_in_the_document() -> None:
    shared = _variables(re.findall(r"^(?:ops|yes) = (.*)$", MAKEFILE, re.MULTILINE))
    assert shared == {"STAGE", "YES"}
    asking = {target for target in _targets() if "$(yes)" in "".join(_recipe(target))}
    missing = [
        (target, variable)
        for target in _targets()
        for variable in _variables(_recipe(target)) | {"STAGE"} | ({"YES"} if target in asking else set())
        if not any(f" {variable}=" in line for line in COMMANDS if line.split()[0] == target)
    ]
    assert missing == []
    assert set(_targets()) - asking == {"logs", "figures"}, "the others ask before they change anything"


def test_no_command_hides_in_a_sentence() -> None:
    received = re.findall(r"`make ([a-z-]+ [^`]*)`", DOCUMENT)
    assert [each for each in received if each.split()[0] in _targets() and each not in COMMANDS] == []


def _targets() -> list[str]:
    [targets] = re.findall(r"^OPS := (.*)$", MAKEFILE, re.MULTILINE)
    return str(targets).split()


def _recipe(target: str) -> list[str]:
    [recipe] = re.findall(rf"^{target}: .*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    return str(recipe).splitlines()


def _variables(recipe: list[str]) -> set[str]:
    """The variables that a caller may set: `$(TENANT)`, `$(if $(YES),…)`."""
    return set(re.findall(r"\$\(([A-Z_]+)\)", "\n".join(recipe))) - {"BIN", "READY"}


def _filled_in(line: str, words: dict[str, str]) -> str:
    """The text with our names in place of the reader's."""
    return re.sub(r"<([a-z ]+)>", lambda found: words[found[1]], line)


def _program(line: str) -> list[str]:
    """The module and arguments that make would run, without the existing virtual environment."""
    received = subprocess.run(
        ["make", *shlex.split(line), "STAGE=local", "--dry-run", "--old-file=.venv/.ready"],
        cwd=ROOT,
        env=clean_environment(os.environ),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    [command] = [shlex.split(each) for each in received.replace("\\\n", " ").splitlines() if " -m infra." in each]
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
