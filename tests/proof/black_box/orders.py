"""Changes of one order by a person, with the version that the person knows."""

from collections.abc import Callable
from typing import Any

from tests.proof.black_box.rest import Json, Person, Refused


async def read(person: Person, order_id: str) -> Json:
    row: Json = await person.get(f"/v1/orders/{order_id}")
    return row


async def step(person: Person, order_id: str, status: str) -> Json | None:
    """The order in its new status; None if it can no longer take this step."""
    return await _change(
        person, order_id, "POST", "/status", {"status": status}, lambda row: bool(row["status"] == status)
    )


async def assign(person: Person, order_id: str, driver_id: str) -> Json | None:
    return await _change(
        person,
        order_id,
        "POST",
        "/assign",
        {"driver_id": driver_id},
        lambda row: bool(row["driver_id"] == driver_id),
    )


async def pay(person: Person, order_id: str, method: str) -> Json | None:
    body = {"payment_status": "paid", "payment_method": method}
    return await _change(
        person, order_id, "POST", "/payment", body, lambda row: bool(row["payment_status"] == "paid")
    )


async def edit(person: Person, order_id: str, body: Json) -> Json | None:
    """Other items or notes; None if the order has ended or is paid."""

    def done(row: Json) -> bool:
        is_noted = "notes" not in body or row["notes"] == body["notes"]
        return is_noted and ("items" not in body or _lines(row["items"]) == _lines(body["items"]))

    return await _change(person, order_id, "PATCH", "", body, done)


def _lines(items: list[Json]) -> list[Any]:
    return sorted((item["product_id"], item["quantity"]) for item in items)


async def _change(
    person: Person, order_id: str, method: str, path: str, body: Json, done: Callable[[Json], bool]
) -> Json | None:
    async def now() -> Json:
        return await read(person, order_id)

    while True:
        row = await now()
        if done(row):
            return row
        try:
            return await person.change(
                method, f"/v1/orders/{order_id}{path}", {**body, "version": row["version"]}, read=now, done=done
            )
        except Refused as refusal:
            if refusal.code in (
                "illegal_transition",
                "order_closed",
                "order_paid",
                "illegal_payment_step",
                "not_found",
            ):
                return None
            if refusal.code != "stale_version":
                raise
