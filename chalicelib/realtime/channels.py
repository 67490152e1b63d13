"""Channels: what they are called, and the key under which a tenant's is stored."""

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
    """Names the connections of one table or tracking link, so that they can be counted; None for others.

    No client may watch it, and no event is sent to it. session_id: of a tracker, its link's code.
    """
    return {TABLE: f"table:{table_id}", TRACKER: f"link:{session_id}"}.get(role)


def channel_key(tenant_id: str, channel: str) -> str:
    """The key under which a tenant's channel is stored; no tenant can name another's."""
    return f"{tenant_id}#{channel}"
