"""Stores, finds and deletes connections."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from pynamodb.transactions import TransactWrite

from chalicelib.auth.principal import Principal
from chalicelib.core import aws
from chalicelib.core.clock import epoch, epoch_ms
from chalicelib.core.settings import settings
from chalicelib.models.base import connection as dynamodb
from chalicelib.models.connection import Connection, Subscription
from chalicelib.models.parsing import Item
from chalicelib.realtime.channels import channel_key, crowd_channel

# API Gateway ends a connection after two hours; the row outlives it by a little and then expires by itself.
_LONGEST_CONNECTION: Final = timedelta(hours=2, minutes=10)

# Usually the stream's record of a new connection is handled within a second. An older record was delayed, or is
# read again by a new function; most of its connections have closed.
_FRESH_MS: Final = 60_000


def store(
    principal: Principal,
    connection_id: str,
    channels: Collection[str],
    *,
    format_: str,
    correlation_id: str,
    now: datetime,
) -> Connection:
    """Writes a connection and its first subscriptions in one transaction."""
    row = Connection(
        connection_id,
        tenant_id=principal.tenant_id,
        user_id=principal.user_id,
        session_id=principal.session_id,
        role=principal.role,
        kind=principal.kind,
        driver_id=principal.driver_id,
        customer_id=principal.customer_id,
        order_id=principal.order_id,
        table_id=principal.table_id,
        qr_generation=principal.qr_generation,
        format=format_,
        # DynamoDB has no empty set: a guest without orders has no subscription.
        channels=set(channels) or None,
        connected_at=epoch_ms(now),
        last_seen_at=epoch(now),
        next_message_at=epoch_ms(now),
        token_expires_at=principal.expires_at,
        correlation_id=correlation_id,
        expires_at=epoch(now + _LONGEST_CONNECTION),
    )
    with TransactWrite(connection=dynamodb()) as write:
        write.save(row)
        for channel in _channels_of(row):
            write.save(subscription(row, channel))
    return row


def subscription(row: Connection, channel: str) -> Subscription:
    """The subscription of a connection to a channel."""
    return Subscription(
        channel_key(row.tenant_id, channel),
        row.connection_id,
        format=row.format,
        role=row.role,
        driver_id=row.driver_id,
        order_id=row.order_id,
        connected_at=row.connected_at,
        expires_at=row.expires_at,
    )


def principal_of(row: Connection) -> Principal:
    """The principal of a connection."""
    return Principal(
        tenant_id=row.tenant_id,
        kind=row.kind,
        user_id=row.user_id,
        role=row.role,
        session_id=row.session_id,
        expires_at=int(row.token_expires_at),
        driver_id=row.driver_id,
        customer_id=row.customer_id,
        order_id=row.order_id,
        table_id=row.table_id,
        qr_generation=None if row.qr_generation is None else int(row.qr_generation),
    )


def still_connected(rows: Collection[Connection], now: datetime) -> list[Connection]:
    """The connections that are new, and those of the others that still have a row."""
    old = [row.connection_id for row in rows if row.connected_at < epoch_ms(now) - _FRESH_MS]
    if not old:
        return list(rows)
    # Reads only the key, so that a damaged row counts as connected.
    there = Connection.batch_get(old, consistent_read=True, attributes_to_get=["connection_id"])
    known = {row.connection_id for row in there}
    return [row for row in rows if row.connection_id not in old or row.connection_id in known]


def of_user(tenant_id: str, user_id: str) -> list[Connection]:
    """A user's connections, oldest first; from an eventually consistent index."""
    rows = Connection.by_user.query(tenant_id, Connection.user_id == user_id)
    return sorted(rows, key=lambda row: row.connected_at)


def of_tenant(tenant_id: str) -> list[Connection]:
    """All of a tenant's connections; from an eventually consistent index."""
    return list(Connection.by_user.query(tenant_id))


def delete(connection_ids: Collection[str]) -> list[Connection]:
    """Deletes connections and their subscriptions; returns those that had a row. Repeating it changes nothing."""
    rows = list(Connection.batch_get(list(connection_ids), consistent_read=True))
    delete_rows(rows)
    return rows


def delete_rows(rows: Iterable[Connection]) -> None:
    """Deletes connections whose rows were read already."""
    _remove({row.connection_id: [channel_key(row.tenant_id, each) for each in _channels_of(row)] for row in rows})


def delete_unreadable(items: Iterable[Item]) -> None:
    """Deletes raw connections that cannot be parsed, and the subscriptions that they list."""
    watched = {}
    for item in items:
        tenant_id, user_id = (item.get(name, {}).get("S", "") for name in ("tenant_id", "user_id"))
        channels = {f"user:{user_id}", *item.get("channels", {}).get("SS", ())}
        watched[item["connection_id"]["S"]] = [channel_key(tenant_id, each) for each in channels]
    _remove(watched)


def _remove(watched: Mapping[str, Collection[str]]) -> None:
    """Deletes connections. watched: the channel keys of each connection's subscriptions.

    The subscriptions first: after a crash in between, the connection's row still lists them for the next attempt.
    """
    with Subscription.batch_write() as batch:
        for connection_id, keys in watched.items():
            for key in keys:
                batch.delete(Subscription(key, connection_id))
    with Connection.batch_write() as batch:
        for connection_id in watched:
            batch.delete(Connection(connection_id))


def count() -> int:
    """The number of connections of all tenants.

    It scans the table, with one call for about 2,000 connections. PynamoDB's count of a table is DescribeTable's,
    which is up to six hours old.
    """
    pages = (
        aws.client("dynamodb")
        .get_paginator("scan")
        .paginate(TableName=settings().table_prefix + "connections", Select="COUNT")
    )
    return sum(page["Count"] for page in pages)


def _channels_of(row: Connection) -> set[str]:
    """The connection's channels, its user's channel, and the one that counts a table's or link's connections."""
    crowd = crowd_channel(row.role, row.table_id, row.session_id)
    return {f"user:{row.user_id}", *(row.channels or ()), *([crowd] if crowd else [])}
