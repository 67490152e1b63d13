"""SMS: once per order and status, in the list of REST and at the phone."""

from collections import Counter
from collections.abc import Iterator

from tests.proof.black_box.auditor.evidence import Evidence, Finding, Line

# docs/api.md, SMS: when an order is confirmed, about to arrive, and delivered.
STATUSES = ("confirmed", "arriving", "delivered")
SENT = ("sent", "delivered")
WAITING = ("queued", "sending")


def one_sms_per_status(evidence: Evidence) -> Iterator[Finding]:
    """Each order has one SMS in the list for each status that it reached, however often, to its number."""
    delivery = {line.fields["tenant"] for line in evidence.of("notification")}
    listed = _listed(evidence)
    for order_id, line in evidence.orders.items():
        order = line.fields["order"]
        if order["table_number"] is not None or line.fields["tenant"] not in delivery:
            continue
        reached = {step["status"] for step in order["history"]}
        for status in STATUSES:
            rows = listed.get((order_id, status), [])
            if len(rows) != (status in reached):
                text = f"order {order_id} has {len(rows)} SMS for {status}; reached: {status in reached}"
                yield Finding("one SMS per order and status", line, text)
            for row in rows:
                if row.fields["notification"]["recipient"] != order["customer_phone"]:
                    yield Finding("one SMS per order and status", row, "was not for the order's number")


def phones_have_each_sms_once(evidence: Evidence) -> Iterator[Finding]:
    """A sent SMS arrived once; any other at most once; and no phone has an SMS that is not in the list."""
    arrived = Counter((line.fields["phone"], line.fields["message"]) for line in evidence.of("sms"))
    expected: set[tuple[str, str]] = set()
    for rows in _listed(evidence).values():
        for row in rows:
            sms = row.fields["notification"]
            key = (sms["recipient"], sms["content"])
            expected.add(key)
            if sms["status"] in WAITING:
                yield Finding("nothing waits for ever", row, f"SMS is {sms['status']}")
            elif sms["status"] not in SENT:
                yield Finding("each SMS arrives", row, f"SMS is {sms['status']}: {sms['error']}")
            if arrived[key] > 1:
                yield Finding("no SMS arrives twice", _at_phone(evidence, key), f"arrived {arrived[key]} times")
            elif not arrived[key] and sms["status"] in SENT:
                yield Finding("each SMS arrives", row, "SMS is sent, and the phone did not receive it")
    old = [number for line in evidence.of("before") for number in line.fields["orders"].values()]
    for line in evidence.of("sms"):
        is_old = any(number in line.fields["message"] for number in old)
        if (line.fields["phone"], line.fields["message"]) not in expected and not is_old:
            yield Finding("no SMS arrives unasked", line, "is not in the list of SMS")


def _listed(evidence: Evidence) -> dict[tuple[str, str], list[Line]]:
    """The SMS of this run's orders, by order and status."""
    found: dict[tuple[str, str], list[Line]] = {}
    for line in evidence.of("notification"):
        sms = line.fields["notification"]
        if sms["order_id"] in evidence.orders:
            found.setdefault((sms["order_id"], sms["template"]), []).append(line)
    return found


def _at_phone(evidence: Evidence, key: tuple[str, str]) -> Line | None:
    lines = [line for line in evidence.of("sms") if (line.fields["phone"], line.fields["message"]) == key]
    return lines[-1] if lines else None
