"""Processes orders' last changes again: `make replay STAGE=… SINCE=… [UNTIL=…] [TENANT=…] [YES=1]`.

It is for changes that `orders_stream` never processed and whose records are no longer in the stream. The function
receives the last change of each order in the period; if that did not change the status, also the last status
change before it, without an event. Repeating it changes nothing: an event has the same id, so clients drop it; an
SMS is sent once; an attempt is stored once. Earlier status changes are not repeated, because their SMS would be
outdated.
"""

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from chalicelib.core.clock import new_id, now, wire
from chalicelib.core.groups import slices
from chalicelib.core.settings import settings
from chalicelib.models.order import Order
from chalicelib.models.tenant import Tenant
from infra.ops.functions import Invoke, invoke, name_of, stream_event
from infra.ops.instants import instant
from infra.ops.stage import add_yes_option, arguments, run
from infra.ops.tenants import tenant

# The function's own batch size.
_BATCH: Final = 16


def changed(tenant_id: str, since: datetime, until: datetime) -> list[Order]:
    """The tenant's orders whose last change is in the period, oldest first."""
    window = Order.updated_at.between(wire(since), wire(until))
    keys = [(tenant_id, row.id) for row in Order.by_updated.query(tenant_id, window, consistent_read=True)]
    return sorted(Order.batch_get(keys, consistent_read=True), key=lambda row: str(row.updated_at))


def records(order: Order) -> list[dict[str, Any]]:
    """The order's last change as a stream record; the old image is derived from the history.

    If the last change did not change the status, for example a payment, a record of the last status change comes
    before it, because that ends attempts and subscriptions. It is quiet, because the row does not show whether it
    was.
    """
    new = order.to_dynamodb_dict()
    if order.version == 1:
        return [_record(None, new)]
    before = {**new, "version": {"N": str(int(order.version) - 1)}}
    if len(order.history) == 1:
        return [_record(before, new)]
    stepped = {
        **before,
        "status": {"S": order.history[-2].status},
        "history": {"L": new["history"]["L"][:-1]},
    }
    if order.history[-1].at == order.updated_at:
        return [_record(stepped, new)]
    return [_record(stepped, {**new, "notify": {"BOOL": False}}), _record(before, new)]


def _record(old: Any, new: dict[str, Any]) -> dict[str, Any]:
    change = {
        "Keys": {"tenant_id": new["tenant_id"], "id": new["id"]},
        "NewImage": new,
        # Now, because the function measures the stream's lag by the age of its records.
        "ApproximateCreationDateTime": now(),
        "StreamViewType": "NEW_AND_OLD_IMAGES",
        "SequenceNumber": "0",
        "SizeBytes": 0,
    }
    made = {
        "eventID": new_id(),
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": settings().region,
    }
    if old is None:
        return {**made, "eventName": "INSERT", "dynamodb": change}
    return {**made, "eventName": "MODIFY", "dynamodb": {**change, "OldImage": old}}


def replay(orders: Sequence[Order], function: str, *, call: Invoke = invoke) -> None:
    """Invokes the function with the orders in their sequence."""
    made = [each for order in orders for each in records(order)]
    for some in slices(made, _BATCH):
        call(function, stream_event(some, "replayed"))


def _tenants(tenant_id: str) -> Iterator[str]:
    if tenant_id:
        yield str(tenant(tenant_id).id)
    else:
        yield from sorted(str(row.id) for row in Tenant.scan())


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = add_yes_option(arguments("infra.ops.replay", "Do again what followed from orders' last changes."))
    parser.add_argument("--tenant", default="", help="one business; default: all")
    parser.add_argument("--since", required=True, help="15m, 2h, 1d, or an instant")
    parser.add_argument("--until", default="0s", help="as --since; default: now")

    def command(options: Any) -> None:
        since, until = instant(options.since, now()), instant(options.until, now())
        function = name_of(options.stage, "OrdersStream")
        for tenant_id in _tenants(options.tenant):
            orders = changed(tenant_id, since, until)
            if options.yes:
                replay(orders, function)
            print(f"{tenant_id}: {len(orders)} orders {'replayed' if options.yes else 'to be replayed'}")
            if not options.yes:
                for order in orders:
                    print(f"  {order.updated_at} {order.id} {order.status}{'' if order.notify else ', quietly'}")
        if not options.yes:
            print("YES=1 does it: clients drop what they had, texts that were sent are not sent again")

    return run(command, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
