"""Sets how long a tenant's SMS are stored: `make sms-history STAGE=… [TENANT=…] [MONTHS=…] [YES=1]`.

It writes the expiry of every stored SMS by its tenant's months. Without TENANT it does so for all tenants, which
is needed once after the deployment that introduces the expiry. With MONTHS it first sets the months of one tenant.
It may be repeated, and must be if it was interrupted.
"""

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from chalicelib.core.clock import now
from chalicelib.models.notification import Notification
from chalicelib.models.tenant import Tenant
from chalicelib.sms.retention import expires_at, months_of, stored_from
from infra.ops.stage import Refused, add_yes_option, arguments, run
from infra.ops.tenants import tenant

# Ten years, longer than any business document has to be stored.
MOST_MONTHS: Final = 120


def set_months(row: Tenant, months: int, moment: datetime) -> None:
    """Stores the months, and the first day whose SMS are all stored: expired SMS do not come back."""
    since = stored_from(row, moment).isoformat()
    actions = [Tenant.sms_history_months.set(months)]
    if months > months_of(row):
        actions.append(Tenant.sms_history_from.set(since))
    row.update(actions, condition=Tenant.id.exists())


def outdated(row: Tenant) -> Iterator[Notification]:
    """The tenant's SMS whose expiry is missing or differs from its months."""
    for text in Notification.query(row.id, consistent_read=True):
        if text.expires_at != expires_at(row, text.created_at):
            yield text


def give_expiry(row: Tenant) -> int:
    """Writes the expiry of all outdated SMS; returns how many."""
    count = 0
    for text in outdated(row):
        expiry = expires_at(row, text.created_at)
        text.update([Notification.expires_at.set(expiry)], condition=Notification.id.exists())
        count += 1
    return count


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = add_yes_option(arguments("infra.ops.sms_history", "Set for how long texts are stored."))
    parser.add_argument("--tenant", default="", help="the business's id; all businesses where not given")
    parser.add_argument("--months", type=int, help=f"1 to {MOST_MONTHS}; as before where not given")

    def command(options: Any) -> None:
        if options.months is not None and not (options.tenant and 1 <= options.months <= MOST_MONTHS):
            raise Refused(f"MONTHS is 1 to {MOST_MONTHS}, for the business that TENANT names")
        for row in [tenant(options.tenant)] if options.tenant else Tenant.scan():
            before = months_of(row)
            if not options.yes:
                changes = sum(1 for _ in outdated(row))
                change = f"MONTHS={options.months}" if options.months else f"{changes} changes"
                print(f"{row.name} ({row.id}) stores texts for {before} months; YES=1 makes {change}")
                continue
            if options.months:
                set_months(row, options.months, now())
            print(f"{row.name} ({row.id}) stores texts for {months_of(row)} months; {give_expiry(row)} changed")

    return run(command, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
