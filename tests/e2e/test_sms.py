"""SMS on the real stack: hundreds with a provider that fails one time in five, and Mitake."""

import secrets
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import boto3
import pytest

from chalicelib.core.clock import new_id, now
from infra.local.environment import ACCOUNT, REGION
from infra.packaging import ROOT
from tests.e2e.client import Client, eventually
from tests.e2e.stack import LocalStack
from tests.e2e.texts import NOTIFICATIONS, behave, confirmed, inbox
from tests.patience import CLOCKED_SECONDS

# The queue drains some dozens a second; after some hundred, more only take longer.
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
        copies = [_confirmed_copy(model, number) for number in numbers[begin : begin + 25]]
        written = dynamodb.batch_write_item(
            RequestItems={table: [{"PutRequest": {"Item": row}} for row in copies]}
        )
        assert not written.get("UnprocessedItems")
    return set(numbers)


def _confirmed_copy(model: dict[str, Any], number: str) -> dict[str, Any]:
    """A stored order as another one, which is confirmed.

    The indexes' keys end in the order's own id: pages of a list begin after such a key, and with equal ones a page
    repeats without an end.
    """
    order_id, day = new_id(), model["day_key"]["S"].partition("#")[0]
    own = {
        "id": order_id,
        "order_number": number,
        "status": "confirmed",
        "status_key": f"confirmed#{order_id}",
        "day_key": f"{day}#{order_id}",
        # One telephone gets so many texts in a day.
        "customer_phone": f"+886912{secrets.randbelow(10**6):06}",
    }
    return {**model, **{name: {"S": value} for name, value in own.items()}}


def today() -> date:
    """The businesses' day."""
    return now().astimezone(ZoneInfo("Asia/Taipei")).date()


def ended(office: Client, first: date) -> Counter[str]:
    """The results of the SMS of a day and the next: a test may run at midnight."""
    days = {"from": str(first), "to": str(first + timedelta(days=1))}
    total = office.get("/v1/reports/notifications", **days).json()["total"]
    return Counter({name: total[name] for name in ("sent", "failed", "unknown", "skipped", "waiting")})


def open_numbers(office: Client) -> list[str]:
    """The numbers of the orders in hand, page by page; no further than a page that repeats one."""
    found: list[str] = []
    page: dict[str, Any] = {"next_cursor": None}
    while True:
        query = {"status": "pending,confirmed", "limit": 100, "cursor": page["next_cursor"]}
        page = office.get("/v1/orders", **query).json()
        found += [order["order_number"] for order in page["items"]]
        if page["next_cursor"] is None or len(found) > len(set(found)):
            return found


@pytest.mark.takes(300)
def test_hundreds_of_texts_with_a_provider_that_fails_one_time_in_five(
    stack: LocalStack, office: Client, gateway: str
) -> None:
    day = today()
    # The SMS of other tests are counted a moment after their arrival.
    eventually(lambda: not ended(office, day)["waiting"], "an empty queue")
    before = ended(office, day)
    # At most one failure in five. Without a bound an SMS may fail so often that it waits for minutes.
    behave(gateway, mode="fail", share=0.2, count=_ORDERS // 4)
    numbers = confirmed_at_once(stack, office, _ORDERS)
    listed = open_numbers(office)
    assert len(listed) == len(set(listed)), "a page of the list repeats an order"
    assert numbers <= set(listed)

    def all_ended() -> bool:
        known = ended(office, day)
        return known.total() - before.total() == _ORDERS and not known["waiting"]

    eventually(all_ended, "the end of the queue", patience=CLOCKED_SECONDS)
    after = ended(office, day) - before
    assert after["sent"] + after["failed"] == _ORDERS, after
    texts = Counter(number for text in inbox(gateway) for number in numbers if number in text["message"])
    assert set(texts.values()) == {1}, "nobody got a text twice"
    assert after["sent"] <= len(texts) <= _ORDERS
    if after["failed"]:
        for row in office.get(NOTIFICATIONS, status="failed").json()["items"]:
            assert row["error"]


@pytest.mark.takes(120)
def test_a_tenant_moves_to_mitake_and_sees_delivered_sms(stack: LocalStack, office: Client, gateway: str) -> None:
    tenant_id = office.get("/v1/auth/me").json()["tenant"]["id"]
    choose(stack, tenant_id, "--provider", "mitake", "--username", "gas", "--url", f"{gateway}/mitake")
    try:
        number = confirmed(office, customer_phone="0912-345-678")

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
        [
            sys.executable,
            "-m",
            "infra.ops.sms_provider",
            "--stage=local",
            "--yes",
            "--tenant",
            tenant_id,
            *settings,
        ],
        cwd=ROOT,
        env=stack.environment,
        input=b"\n",
        check=True,
    )
