"""Runs a scheduled function now: `make run-now STAGE=… FUNCTION=create_due_orders [YES=1]`.

It may be used at any time, also during a scheduled run, because all scheduled functions are idempotent.
"""

import sys
from collections.abc import Sequence
from typing import Any, Final

from chalicelib.core.clock import new_id, now, wire
from chalicelib.core.settings import settings
from infra.ops.functions import invoke, name_of
from infra.ops.stage import add_yes_option, arguments, run

# By their names in app.py, the logical ids in the template.
SCHEDULED: Final = {
    "sweep_connections": "SweepConnections",
    "probe_sms_providers": "ProbeSmsProviders",
    "create_due_orders": "CreateDueOrders",
    "notify_overdue": "NotifyOverdue",
    "record_metrics": "RecordMetrics",
}


def scheduled_event(event_id: str) -> dict[str, Any]:
    """The event of EventBridge; its id is the run's correlation id."""
    return {
        "version": "0",
        "id": event_id,
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "by-hand",
        "time": wire(now()),
        "region": settings().region,
        "resources": [],
        "detail": {},
    }


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = add_yes_option(arguments("infra.ops.run_now", "Start what the clock starts, now."))
    parser.add_argument("--function", choices=SCHEDULED, required=True)

    def command(options: Any) -> None:
        function = name_of(options.stage, SCHEDULED[options.function])
        if not options.yes:
            print(f"YES=1 runs {function}")
            return
        event_id = new_id()
        invoke(function, scheduled_event(event_id))
        print(f"{options.function} has run: make logs STAGE={options.stage} CORRELATION={event_id}")

    return run(command, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
