"""The names of channels, and the keys under which they are stored."""

import re
from typing import Final

from chalicelib.auth.principal import TABLE, TRACKER
from chalicelib.core.errors import Invalid

TENANT_CHANNELS: Final = ("orders", "drivers", "routes", "customers", "system")

_NAME: Final = r"(orders|drivers|routes|customers|system)|(order|driver|route|user):([0-9A-Za-z_-]{1,64})"


def parsed(channel: str) -> tuple[str, str]:
    """The kind of a channel and the id after its colon, "" for a tenant's channel. Raises Invalid."""
    match = re.fullmatch(_NAME, channel)
    if match is None:
        raise Invalid(("channel", f"one of {', '.join(TENANT_CHANNELS)}, order:…, driver:…, route:…, user:…"))
    return match.group(1) or match.group(2), match.group(3) or ""


def crowd_channel(role: str, table_id: str | None, session_id: str) -> str | None:
    """The channel by which the connections of one table or tracking link are counted; None for other roles.

    No client may subscribe to it, and no event is sent to it. session_id: for a tracker, its link's code.
    """
    return {TABLE: f"table:{table_id}", TRACKER: f"link:{session_id}"}.get(role)


def channel_key(tenant_id: str, channel: str) -> str:
    """The key of a tenant's channel. It begins with the tenant's id, so it is unique across tenants."""
    return f"{tenant_id}#{channel}"
