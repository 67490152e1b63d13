"""Texts on the real stack: hundreds with a provider that fails one time in five, and Mitake."""

import subprocess
import sys
from collections import Counter

import boto3
import pytest

from infra.local.environment import ACCOUNT, REGION
from infra.packaging import ROOT
from tests.e2e.client import Client, eventually
from tests.e2e.stack import LocalStack
from tests.e2e.texts import NOTIFICATIONS, behave, confirmed, inbox

# The queue drains 17 a second; after some hundred, more only take longer.
_ORDERS = 300
CREDENTIALS = {"region_name": REGION, "aws_access_key_id": ACCOUNT, "aws_secret_access_key": "local"}


def confirmed_at_once(stack: LocalStack, office: Client, number: int) -> set[str]:
    """Orders written straight into the table, where their stream finds them; their numbers.

    Copies of one that came over the API: as many requests would only take a minute more.
    """
    dynamodb = boto3.client("dynamodb", endpoint_url=stack.info["emulator_url"], **CREDENTIALS)
    table = "luckygas-local-orders"
    tenant_id = office.get("/v1/auth/me").json()["tenant"]["id"]
    key = {"tenant_id": {"S": tenant_id}, "id": {"S": office.order()["id"]}}
    model = dynamodb.get_item(TableName=table, Key=key)["Item"]
    numbers = [f"ORD-261123000000-{n:04d}" for n in range(number)]
    for begin in range(0, number, 25):
        copies = [
            {
                **model,
                "id": {"S": f"{model['id']['S']}-{number[-4:]}"},
                "order_number": {"S": number},
                "status": {"S": "confirmed"},
            }
            for number in numbers[begin : begin + 25]
        ]
        written = dynamodb.batch_write_item(
            RequestItems={table: [{"PutRequest": {"Item": row}} for row in copies]}
        )
        assert not written.get("UnprocessedItems")
    return set(numbers)


def day(office: Client) -> Counter[str]:
    """How many texts of today have which status."""
    stats = office.get(f"{NOTIFICATIONS}/stats").json()
    return Counter({name: n for name, n in stats.items() if isinstance(n, int)})


@pytest.mark.timeout(300)
def test_hundreds_of_texts_with_a_provider_that_fails_one_time_in_five(
    stack: LocalStack, office: Client, gateway: str
) -> None:
    def all_done() -> bool:
        now = day(office)
        return not now["queued"] and not now["sending"]

    # What other tests have sent is counted a moment after it has arrived.
    eventually(all_done, "an empty queue")
    before = day(office)
    behave(gateway, mode="fail", share=0.2)
    numbers = confirmed_at_once(stack, office, _ORDERS)

    eventually(
        lambda: day(office)["total"] - before["total"] == _ORDERS and all_done(),
        "the end of the queue",
        patience=240,
    )
    after = day(office)
    ended = {name: after[name] - before[name] for name in ("sent", "failed", "unknown", "skipped")}
    assert ended["sent"] + ended["failed"] == _ORDERS, ended
    texts = Counter(number for text in inbox(gateway) for number in numbers if number in text["message"])
    assert set(texts.values()) == {1}, "nobody got a text twice"
    assert ended["sent"] <= len(texts) <= _ORDERS
    if ended["failed"]:
        for row in office.get(NOTIFICATIONS, status="failed").json()["items"]:
            assert row["error"]


@pytest.mark.timeout(120)
def test_a_tenant_moves_to_mitake_and_sees_what_was_delivered(
    stack: LocalStack, office: Client, gateway: str
) -> None:
    tenant_id = office.get("/v1/auth/me").json()["tenant"]["id"]
    choose(stack, tenant_id, "--provider", "mitake", "--username", "gas", "--url", f"{gateway}/mitake")
    try:
        number = confirmed(office)

        def delivered() -> bool:
            rows = office.get(NOTIFICATIONS, status="delivered").json()["items"]
            return any(row["order_number"] == number for row in rows)

        eventually(delivered, "the receipt")
        [text] = [text for text in inbox(gateway) if number in text["message"]]
        assert (text["sender"], text["phone"]) == ("mitake", "0912345678")
    finally:
        choose(stack, tenant_id, "--provider", "http", "--url", gateway, "--sender", "LUCKYGAS")


def choose(stack: LocalStack, tenant_id: str, *settings: str) -> None:
    """As ops do it; the key stays."""
    subprocess.run(
        [sys.executable, "-m", "infra.sms_provider", "--stage", "local", "--tenant", tenant_id, *settings],
        cwd=ROOT,
        env=stack.environment,
        input=b"\n",
        check=True,
    )
