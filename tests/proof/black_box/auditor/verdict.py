"""All rules over one journal."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.proof.black_box.auditor import entitled, logs, notices, orders, sms
from tests.proof.black_box.auditor.clients import Client, follow_all, ids_are_unique
from tests.proof.black_box.auditor.evidence import Evidence, Finding, read


def judge(folder: Path) -> tuple[list[Finding], dict[str, int]]:
    """The findings, and figures of the run. Raises ValueError if the journal cannot be read."""
    evidence = read(folder)
    clients = follow_all(evidence)
    return list(_findings(evidence, clients)), _figures(evidence, clients)


def _findings(evidence: Evidence, clients: list[Client]) -> Iterator[Finding]:
    if not evidence.of("complete"):
        yield Finding("the journal is complete", None, "no line `complete`: the run was cut off")
        return
    order_logs = logs.order_logs(clients)
    drivers = {key: driver for log in order_logs.values() for key, driver in log.drivers.items()}
    owners = entitled.Owners(evidence, clients, drivers)
    yield from orders.everything_ended(evidence)
    yield from orders.nothing_disappears(evidence)
    for client in clients:
        yield from client.findings
        yield from ids_are_unique(client)
        yield from entitled.only_entitled(client, owners)
    yield from logs.one_log_for_all(clients)
    yield from logs.nothing_is_skipped(clients)
    yield from logs.versions_in_order(evidence, order_logs)
    yield from logs.versions_are_numbers(clients)
    yield from logs.acknowledged_changes_have_events(evidence, order_logs)
    yield from logs.clients_agree(clients, order_logs)
    yield from logs.drivers_have_their_orders(evidence, clients, order_logs)
    yield from logs.customers_have_their_updates(evidence, clients, order_logs)
    yield from logs.guests_have_their_orders(evidence, clients, owners)
    yield from notices.notices_arrive(evidence, clients)
    yield from orders.one_order_for_one_key(evidence)
    yield from orders.row_history_and_log_agree(evidence, order_logs)
    yield from orders.totals_add_up(evidence, clients)
    yield from orders.reports_add_up(evidence)
    yield from orders.deliveries_add_up(evidence)
    yield from sms.one_sms_per_status(evidence)
    yield from sms.phones_have_each_sms_once(evidence)


def _figures(evidence: Evidence, clients: list[Client]) -> dict[str, int]:
    numbers = Counter((client.name, event.id) for client in clients for event in client.events if event.cursors)
    return {
        "clients": len(clients),
        "orders": len(evidence.orders),
        "acknowledged changes": sum(1 for _ in evidence.acknowledged),
        "requests repeated": sum(line.kind == "request" and line.fields["attempt"] > 1 for line in evidence.rest),
        "events received": sum(len(client.events) for client in clients),
        "events received again": sum(count - 1 for count in numbers.values()),
        "reconnects": sum(client.reconnects for client in clients),
        "reloads": sum(client.reloads for client in clients),
        "SMS": len(evidence.of("sms")),
    }
