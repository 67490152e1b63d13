"""50 clients that reconnect at random while 1,000 status changes run."""

from tests.bench.report import Report
from tests.e2e import soak
from tests.e2e.stack import LocalStack


def test_fifty_clients_and_a_thousand_changes(stack: LocalStack, report: Report) -> None:
    result = soak.run(stack, clients=50, orders=200, seed=11)
    report.note(
        f"{result.clients} clients, {result.changes} status changes, {result.reconnects} reconnects, "
        f"{result.reloads} reloads",
        f"lost {result.lost}, duplicated {result.duplicated}, out of order {result.out_of_order}",
    )
    assert result.reconnects > result.clients
    assert (result.lost, result.duplicated, result.out_of_order) == (0, 0, 0)
