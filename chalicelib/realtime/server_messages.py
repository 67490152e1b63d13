"""The server's messages except welcomes and events: answers to clients, and notices of what it does next.

They are the same in every format. docs/asyncapi.yaml is made of these classes.
"""

from typing import Any, Final, Literal, NotRequired, TypedDict, get_args


class _Answer(TypedDict):
    """ref: the `ref` of the client's message, if it had one."""

    ref: NotRequired[Any]


class HeartbeatAnswer(_Answer):
    type: Literal["heartbeat"]
    timestamp: str
    cursors: dict[str, int]
    epochs: dict[str, str]


class Pong(_Answer):
    type: Literal["pong"]
    timestamp: str


class Subscribed(_Answer):
    type: Literal["subscribed"]
    channel: str
    cursor: int
    epoch: str
    recovered: bool
    replayed: int


class Unsubscribed(_Answer):
    type: Literal["unsubscribed"]
    channel: str


class SeenAccepted(_Answer):
    type: Literal["seen_accepted"]
    channel: str
    cursor: int


class OrderStep(_Answer):
    """An order's status after a step, and its version."""

    order_id: str
    status: str
    version: int


class OrderUpdateAccepted(OrderStep):
    type: Literal["order_update_accepted"]


class LocationUpdateAccepted(_Answer):
    type: Literal["location_update_accepted"]
    accepted: int
    ignored: int


class DeliveryConfirmedAccepted(OrderStep):
    type: Literal["delivery.confirmed_accepted"]


class Authenticated(_Answer):
    type: Literal["authenticated"]
    token_expires_at: str


class Error(_Answer):
    """The optional keys are the extra fields of the refusals that a message can have."""

    type: Literal["error"]
    code: str
    message: str
    errors: NotRequired[list[dict[str, str]]]
    current_status: NotRequired[str]
    allowed: NotRequired[list[str]]
    current_version: NotRequired[int]


class Closing(TypedDict):
    type: Literal["closing"]
    code: str
    message: str
    timestamp: str


class Reconnect(TypedDict):
    type: Literal["reconnect"]
    code: Literal["rollover"]
    message: str
    deadline: str
    timestamp: str


class AccessLost(TypedDict):
    type: Literal["unsubscribed"]
    channel: str
    code: Literal["access_lost"]
    timestamp: str


SERVER_MESSAGES: Final[tuple[type, ...]] = (
    HeartbeatAnswer,
    Pong,
    Subscribed,
    Unsubscribed,
    SeenAccepted,
    OrderUpdateAccepted,
    LocationUpdateAccepted,
    DeliveryConfirmedAccepted,
    Authenticated,
    Error,
    Closing,
    Reconnect,
    AccessLost,
)


def type_of(message: type) -> str:
    """The `type` of a message of this shape."""
    (word,) = get_args(message.__annotations__["type"])
    return str(word)
