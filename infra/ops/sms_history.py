"""How long a business's texts are stored: `make sms-history STAGE=… [TENANT=…] [MONTHS=…] [YES=1]`.

Gives every stored text the expiry that its business's months say; without TENANT those of all businesses, once
after the deployment that brings the expiry. With MONTHS it sets the months of one business first. Repeating it is
harmless, and is what to do where it was interrupted.
"""

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from chalicelib.core.clock import now
from chalicelib.models.notification import Notification
from chalicelib.models.tenant import Tenant
from chalicelib.sms.retention import expires_at, months_of, stored_from
from infra.ops.stage import Refused, arguments, ask_first, run
from infra.ops.tenants import tenant

# Ten years: longer than any document of the business has to be stored.
MOST_MONTHS: Final = 120


def set_months(row: Tenant, months: int, moment: datetime) -> None:
    """Stores the months, and from which day on texts are there: what has expired does not come back."""
    since = stored_from(row, moment).isoformat()
    actions = [Tenant.sms_history_months.set(months)]
    if months > months_of(row):
        actions.append(Tenant.sms_history_from.set(since))
    row.update(actions, condition=Tenant.id.exists())


def outdated(row: Tenant) -> Iterator[Notification]:
    """The business's texts whose expiry is missing, or is that of other months."""
    for text in Notification.query(row.id, consistent_read=True):
        if text.expires_at != expires_at(row, text.created_at):
            yield text


def give_expiry(row: Tenant) -> int:
    """Gives it to all that are outdated; how many."""
    count = 0
    for text in outdated(row):
        expiry = expires_at(row, text.created_at)
        text.update([Notification.expires_at.set(expiry)], condition=Notification.id.exists())
        count += 1
    return count


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = ask_first(arguments("infra.ops.sms_history", "Set for how long texts are stored."))
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
