"""The content of each type of client message.

Unknown keys are ignored at every depth, because existing apps send more than is needed. REST refuses them.
"""

from typing import Annotated

from msgspec import Meta, Struct

from chalicelib.core.fields import Id, Instant, Latitude, Longitude, Note, ShortText
from chalicelib.deliveries.drafts import Confirmation
from chalicelib.positions.fixes import Accuracy, Heading, Speed
from chalicelib.realtime.limits import HIGHEST_CURSOR


class Nothing(Struct):
    """Heartbeats may contain anything."""


class Subscribe(Struct):
    """since: the client's cursor; epoch: of that cursor."""

    channel: ShortText
    since: Annotated[int, Meta(ge=0, le=HIGHEST_CURSOR)] | None = None
    epoch: ShortText | None = None


class Unsubscribe(Struct):
    channel: ShortText


class Seen(Struct):
    """cursor: the number of the last of their own messages that the user has seen; epoch: of that cursor."""

    channel: ShortText
    cursor: Annotated[int, Meta(ge=0, le=HIGHEST_CURSOR)]
    epoch: ShortText | None = None


class Details(Struct, frozen=True):
    """notes: the reason for the history. eta: the driver's estimated arrival; other texts are ignored."""

    notes: Note | None = None
    eta: Annotated[str, Meta(max_length=100)] | None = None


class OrderUpdate(Struct):
    """details: an object, or a text that is used as its notes."""

    order_id: Id
    status: ShortText
    details: Note | Details | None = None


class DeliveryConfirmed(Confirmation, forbid_unknown_fields=False, kw_only=True):
    """The body of REST, and the order's id. confirmed_at: by the driver's phone."""

    order_id: Id
    confirmed_at: Instant
    customer_id: Id | None = None


class Authenticate(Struct):
    token: Annotated[str, Meta(min_length=1, max_length=4096)]


class LocationUpdate(Struct, kw_only=True):
    """The same as over HTTPS; without a timestamp it counts as now."""

    latitude: Latitude
    longitude: Longitude
    speed: Speed | None = None
    heading: Heading | None = None
    accuracy: Accuracy | None = None
    timestamp: Instant | None = None
