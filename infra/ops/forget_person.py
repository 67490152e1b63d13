"""Deletes a person's data, as privacy law requires: `make forget-person STAGE=… TENANT=… CUSTOMER=… [YES=1]`.

Instead of CUSTOMER: PHONE, DRIVER or USER_ID.

Figures stay: orders with their items, prices and days, attempts, counts of SMS. Personal data does not: names,
numbers, addresses, notes, pictures, positions, contents of SMS and events, links, sign-ins, import files.
docs/privacy.csv lists for each table what is deleted, and how long the rest is stored. It may be repeated, and
must be if it was interrupted.
"""

import sys
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chalicelib.core.clock import now
from infra.ops.forgetting import files, rows
from infra.ops.forgetting.events import forget_events
from infra.ops.forgetting.person import Person, find
from infra.ops.stage import add_yes_option, arguments, run
from infra.ops.tenants import tenant


def forget(person: Person, moment: datetime) -> Counter[str]:
    """Deletes the person's data; returns the number of rows by kind.

    Texts that contain a name are cleaned before the rows from which the name is known, and rows found through an
    order before the order. So another run can complete an interrupted one.
    """
    done: Counter[str] = Counter()
    words = person.words()
    rows.shut_out(person, moment)
    done += forget_events(person, words)
    done["files"] = files.forget_imports(person, words)
    rows.forget_routes(person, words, moment)
    rows.forget_screens(person, words)
    done["mentions"] = rows.forget_mentions(person, words, moment)
    done["texts"] = rows.forget_texts(person)
    done["links"] = rows.forget_links(person)
    rows.forget_opt_outs(person)
    for order in person.orders:
        done["attempts"] += rows.forget_attempts(order)
        done["pictures"] += files.forget_pictures(order.tenant_id, order.id)
        rows.forget_order(order, moment)
        done["orders"] += 1
    for user in person.users:
        rows.forget_user(user, moment)
        done["sign-ins"] += 1
    for driver in person.drivers:
        rows.forget_positions(driver)
        rows.forget_driver(driver, moment)
        done["drivers"] += 1
    for customer in person.customers:
        done["templates"] += rows.end_templates(customer, moment)
        rows.forget_customer(customer, moment)
        done["customers"] += 1
    return done


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = add_yes_option(arguments("infra.ops.forget_person", "Delete a person's data; figures stay."))
    parser.add_argument("--tenant", required=True)
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--customer", help="the customer's id")
    who.add_argument("--phone", help="any customer, driver, user or order with this number")
    who.add_argument("--driver", help="the driver's id")
    who.add_argument("--user", help="the user's id")

    def command(options: Any) -> None:
        tenant(options.tenant)
        person = find(
            options.tenant,
            customer=options.customer,
            phone=options.phone,
            driver=options.driver,
            user=options.user,
        )
        print(
            f"customers: {len(person.customers)}, drivers: {len(person.drivers)}, sign-ins: {len(person.users)},"
            f" orders: {len(person.orders)}, numbers: {len(person.phones | person.texted)}"
        )
        if not options.yes:
            print("YES=1 deletes whose they were, and the files of imports; only a restored table brings it back")
            return
        done = forget(person, now())
        print(", ".join(f"{what}: {count}" for what, count in done.items()))

    return run(command, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
