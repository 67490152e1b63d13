"""What each type of client message may hold.

Unknown keys are ignored at every depth, since existing apps send more than they need. REST refuses them.
"""

from typing import Annotated

from msgspec import Meta, Struct

from chalicelib.core.fields import Id, Instant, Latitude, Longitude, Note, ShortText
from chalicelib.deliveries.drafts import Confirmation
from chalicelib.positions.fixes import Accuracy, Heading, Speed
from chalicelib.realtime.limits import HIGHEST_CURSOR


class Nothing(Struct):
    """Signs of life may carry anything."""


class Subscribe(Struct):
    """since: the client's cursor, epoch: the one it belongs to."""

    channel: ShortText
    since: Annotated[int, Meta(ge=0, le=HIGHEST_CURSOR)] | None = None
    epoch: ShortText | None = None


class Unsubscribe(Struct):
    channel: ShortText


class Seen(Struct):
    """cursor: the number up to which the user has seen their own messages, epoch: the one it belongs to."""

    channel: ShortText
    cursor: Annotated[int, Meta(ge=0, le=HIGHEST_CURSOR)]
    epoch: ShortText | None = None


class Details(Struct, frozen=True):
    """notes: the reason, in the history. eta: when the driver expects to be there; other texts are ignored."""

    notes: Note | None = None
    eta: Annotated[str, Meta(max_length=100)] | None = None


class OrderUpdate(Struct):
    """details: a text is the notes."""

    order_id: Id
    status: ShortText
    details: Note | Details | None = None


class DeliveryConfirmed(Confirmation, forbid_unknown_fields=False, kw_only=True):
    """What REST takes, and whose order it is. confirmed_at: when, by the driver's phone."""

    order_id: Id
    confirmed_at: Instant
    customer_id: Id | None = None


class Authenticate(Struct):
    token: Annotated[str, Meta(min_length=1, max_length=4096)]


class LocationUpdate(Struct, kw_only=True):
    """As posted over HTTPS; without a timestamp it is of now."""

    latitude: Latitude
    longitude: Longitude
    speed: Speed | None = None
    heading: Heading | None = None
    accuracy: Accuracy | None = None
    timestamp: Instant | None = None
