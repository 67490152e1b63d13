"""What a stream's function may do beside reading its stream. infra/stream_functions.py makes
its IAM policy of it.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct


class Permissions(Struct, frozen=True):
    """Least privilege, in short.

    tables: `table` or `table/index/name` → DynamoDB actions, separated by spaces. queues: logical ids of queues
    that messages are sent to. posts, closes: what it does to WebSocket connections. hands_over: whether it invokes
    `fan_out`.
    """

    tables: Mapping[str, str] = {}
    queues: tuple[str, ...] = ()
    posts: bool = False
    closes: bool = False
    hands_over: bool = False

    def __or__(self, other: "Permissions") -> "Permissions":
        """What either allows."""
        tables = {name: _joined(self.tables, other.tables, name) for name in {*self.tables, *other.tables}}
        return Permissions(
            tables=dict(sorted(tables.items())),
            queues=tuple(sorted({*self.queues, *other.queues})),
            posts=self.posts or other.posts,
            closes=self.closes or other.closes,
            hands_over=self.hands_over or other.hands_over,
        )


def _joined(one: Mapping[str, str], other: Mapping[str, str], table: str) -> str:
    return " ".join(sorted({*one.get(table, "").split(), *other.get(table, "").split()}))


# Posting to those who watch a channel, and forgetting the connections that are gone.
DELIVER: Final = Permissions(
    tables={"connections": "BatchGetItem BatchWriteItem", "subscriptions": "BatchWriteItem Query"},
    posts=True,
    hands_over=True,
)
# That, and appending to the channels' logs first.
PUBLISH: Final = DELIVER | Permissions(
    tables={"channel_log": "BatchGetItem PutItem", "event_claims": "BatchGetItem PutItem"}
)
# Ending a subscription of a connection that stays open.
END_SUBSCRIPTIONS: Final = Permissions(
    tables={"connections": "UpdateItem", "subscriptions": "DeleteItem Query"}, posts=True
)
# Ending connections of a user or a tenant.
CLOSE: Final = Permissions(
    tables={
        "connections": "BatchWriteItem",
        "connections/index/by_user": "Query",
        "subscriptions": "BatchWriteItem",
    },
    posts=True,
    closes=True,
)
