"""The users of a customer or a driver, to send events to them. Not in `users`, which streams need not import."""

from chalicelib.models.user import User


def users_of_customer(tenant_id: str, customer_id: str) -> list[str]:
    """Ids of the users that a customer signs in as; mostly none or one."""
    rows = User.by_customer.query(tenant_id, User.customer_id == customer_id)
    return [row.id for row in rows]


def users_of_driver(tenant_id: str, driver_id: str) -> list[str]:
    """Ids of the users that a driver signs in as; mostly one."""
    return [row.id for row in User.by_driver.query(tenant_id, User.driver_id == driver_id)]


def users_by_driver(tenant_id: str) -> dict[str, list[str]]:
    """Ids of the active users of all drivers, by driver. Reads each of these users twice."""
    # The index has keys only: neither a user's suspension nor a damaged row shows in it.
    keys = [(tenant_id, row.id) for row in User.by_driver.query(tenant_id)]
    found: dict[str, list[str]] = {}
    for user in User.batch_get(keys):
        if user.status == "active" and user.driver_id is not None:
            found.setdefault(user.driver_id, []).append(user.id)
    return {driver_id: sorted(ids) for driver_id, ids in found.items()}
