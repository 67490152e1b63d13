"""Orders as REST shows them at the end: against requests, events, deliveries and money."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal

from tests.proof.black_box.auditor.clients import Client
from tests.proof.black_box.auditor.evidence import Evidence, Finding, Json, Line
from tests.proof.black_box.auditor.logs import OrderLog, same
from tests.proof.black_box.auditor.messages import CREATED, STATUS, Event

ENDED = ("delivered", "completed", "cancelled")
SALES = ("delivered", "completed")


def one_order_for_one_key(evidence: Evidence) -> Iterator[Finding]:
    """All answers under an idempotency key show one order, and no order exists that no request explains."""
    by_key: dict[str, dict[str, Line]] = defaultdict(dict)
    open_keys: set[str] = set()
    for line in evidence.rest:
        key, path = line.fields.get("key"), line.fields.get("path")
        if not key or path != "/v1/orders":
            continue
        if line.kind == "request":
            open_keys.add(key)
        elif line.kind == "answer" and line.fields["status"] < 300:
            by_key[key][line.fields["body"]["id"]] = line
            if len(by_key[key]) > 1:
                yield Finding("one key, one order", line, f"key {key} made {len(by_key[key])} orders")
    known = {order_id: line for orders in by_key.values() for order_id, line in orders.items()}
    for order_id, line in known.items():
        if order_id not in evidence.orders:
            yield Finding("acknowledged orders exist", line, f"order {order_id} is in no list")
    # A request without a final answer may have made an order.
    unanswered = len(open_keys - by_key.keys() - _refused(evidence))
    extra = [order_id for order_id in evidence.orders if order_id not in known]
    for order_id in extra if len(extra) > unanswered else ():
        yield Finding("one key, one order", evidence.orders[order_id], f"no answer shows order {order_id}")


def _refused(evidence: Evidence) -> set[str]:
    return {
        line.fields["key"]
        for line in evidence.rest
        if line.kind == "answer" and line.fields.get("key") and 400 <= line.fields["status"] < 500
    }


def row_history_and_log_agree(evidence: Evidence, logs: dict[str, OrderLog]) -> Iterator[Finding]:
    """An order's last event has the state of the row, and its steps are the row's history."""
    events: dict[str, list[Event]] = defaultdict(list)
    for log in logs.values():
        for (order_id, _), event in sorted(log.whole.items()):
            events[order_id].append(event)
    for order_id, line in evidence.orders.items():
        order, mine = line.fields["order"], events[order_id]
        history = [step["status"] for step in order["history"]]
        # Another driver of an assigned order is a step, too, without another status.
        drivers = [None, *(event.data["driver_id"] for event in mine)]
        steps = [
            event.data["status"]
            for event, driver in zip(mine, drivers, strict=False)
            if event.kind in (CREATED, STATUS) or event.data["driver_id"] != driver
        ]
        if steps != history:
            yield Finding("row, history and log agree", line, f"history {history}, events {steps}")
        if history[-1:] != [order["status"]]:
            yield Finding("row, history and log agree", line, f"history {history}, status {order['status']}")
        for name in ("status", "version", "driver_id", "payment_status", "total_price"):
            last = [event.data[name] for event in mine if name in event.data][-1:]
            if last and same(last[0]) != same(order[name]):
                yield Finding("row, history and log agree", line, f"{name} is {order[name]}, last event {last[0]}")


def everything_ended(evidence: Evidence) -> Iterator[Finding]:
    """People finished their orders in time."""
    for line in evidence.of("not_finished"):
        yield Finding("nothing waits for ever", line, f"not finished in time: {line.fields['what']}")
    for order_id, line in evidence.orders.items():
        if line.fields["order"]["status"] not in ENDED:
            yield Finding("nothing waits for ever", line, f"order {order_id} is {line.fields['order']['status']}")


def nothing_disappears(evidence: Evidence) -> Iterator[Finding]:
    """The orders and customers from before the run are in the last lists, and each business has its report."""
    orders = {line.fields["order"]["id"] for line in evidence.of("order")}
    customers = {line.fields["customer"]["id"] for line in evidence.of("customer")}
    reports = {line.fields["tenant"] for line in evidence.of("report")}
    for line in evidence.of("before"):
        missing = (line.fields["orders"].keys() - orders) | (line.fields["customers"].keys() - customers)
        for id_ in sorted(missing):
            yield Finding("nothing disappears", line, f"{id_} is in no list any more")
        if line.fields["tenant"] not in reports:
            yield Finding("nothing disappears", line, "the report is missing")


def totals_add_up(evidence: Evidence, clients: list[Client]) -> Iterator[Finding]:
    """A total is the sum of its items wherever it is shown; a paid order was paid by a person."""
    sent, paid = _payments(evidence, "request"), _payments(evidence, "answer")
    shown = [(line, line.fields["order"]) for line in evidence.of("order")]
    shown += [(event.line, event.data) for client in clients for event in client.events if event.is_order]
    for line, order in shown:
        if "total_price" in order and "items" in order:
            total = sum(Decimal(item["quantity"]) * Decimal(str(item["unit_price"])) for item in order["items"])
            if total != Decimal(str(order["total_price"])):
                yield Finding("money adds up", line, f"total {order['total_price']}, items {total}")
    for order_id, line in evidence.orders.items():
        is_paid = line.fields["order"]["payment_status"] != "pending"
        if is_paid and order_id not in sent:
            yield Finding("money adds up", line, "the order is paid, and no client has sent a payment")
        if not is_paid and order_id in paid:
            yield Finding("money adds up", line, "the payment was acknowledged, and the order is not paid")


def _payments(evidence: Evidence, kind: str) -> set[str]:
    """The orders whose payment was requested, or acknowledged."""
    return {
        line.fields["path"].split("/")[3]
        for line in evidence.rest
        if line.kind == kind
        and line.fields["path"].endswith("/payment")
        and (kind == "request" or line.fields["status"] < 300)
    }


def reports_add_up(evidence: Evidence) -> Iterator[Finding]:
    """The day's revenue has grown by the orders delivered or completed in the run, paid and unpaid."""
    for line in evidence.of("report"):
        tenant, after = line.fields["tenant"], line.fields["report"]
        before = evidence.before(tenant).get("report", {})
        if before.get("date") != after["date"]:
            continue
        sales = [
            order.fields["order"]
            for order in evidence.orders.values()
            if order.fields["tenant"] == tenant and order.fields["order"]["status"] in SALES
        ]
        due = {
            "total": sum(Decimal(order["total_price"]) for order in sales),
            "paid": sum(Decimal(order["total_price"]) for order in sales if order["payment_status"] == "paid"),
        }
        for name, amount in due.items():
            grown = Decimal(after["revenue"][name]) - Decimal(before["revenue"][name])
            if grown != amount:
                yield Finding("money adds up", line, f"revenue {name} has grown by {grown}, orders say {amount}")


def deliveries_add_up(evidence: Evidence) -> Iterator[Finding]:
    """Each journey is one attempt; a confirmed one has its proof and empties; cylinders are their sum."""
    attempts: dict[str, list[Line]] = defaultdict(list)
    for line in evidence.of("delivery"):
        attempts[line.fields["delivery"]["order_id"]].append(line)
    confirmed = _confirmed(evidence)
    cylinders: Counter[str] = Counter()
    for order_id, line in evidence.orders.items():
        order, mine = line.fields["order"], attempts[order_id]
        history = [step["status"] for step in order["history"]]
        if len(mine) != history.count("delivering"):
            yield Finding("deliveries add up", line, f"{len(mine)} attempts, history {history}")
        outcomes = Counter(each.fields["delivery"]["outcome"] for each in mine)
        if outcomes != Counter(status for status in history if status in ("delivered", "failed")):
            yield Finding("deliveries add up", line, f"attempts {dict(outcomes)}, history {history}")
        for each in mine:
            delivery = each.fields["delivery"]
            if delivery["outcome"] != "delivered":
                continue
            out, back = _cylinders(order, evidence.before(line.fields["tenant"])), confirmed.get(order_id, 0)
            if (delivery["cylinders_out"], delivery["empties_back"]) != (out, back) or not delivery["proof"]:
                text = f"{delivery['cylinders_out']} out, {delivery['empties_back']} back; due {out}, {back}"
                yield Finding("deliveries add up", each, text)
            cylinders[order["customer_id"]] += out - back
    for line in evidence.of("customer"):
        customer = line.fields["customer"]
        due = (
            evidence.before(line.fields["tenant"])["customers"].get(customer["id"], 0) + cylinders[customer["id"]]
        )
        if customer["cylinders_out"] != due:
            yield Finding("deliveries add up", line, f"cylinders_out {customer['cylinders_out']}, due {due}")


def _confirmed(evidence: Evidence) -> dict[str, int]:
    """Empties by order, of the confirmations that were sent."""
    return {
        line.fields["path"].split("/")[3]: line.fields["body"]["empties_back"]
        for line in evidence.rest
        if line.kind == "request" and line.fields["path"].endswith("/confirm")
    }


def _cylinders(order: Json, before: Json) -> int:
    return sum(item["quantity"] for item in order["items"] if item["product_id"] in before["cylinders"])
