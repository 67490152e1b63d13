"""Who is connected and what they watch: stored, touched and forgotten."""

from datetime import datetime, timedelta
from typing import Final

from pynamodb.exceptions import UpdateError
from pynamodb.transactions import TransactWrite

from chalicelib import aws
from chalicelib.auth.principal import Principal
from chalicelib.clock import epoch
from chalicelib.models.base import condition_failed
from chalicelib.models.base import connection as dynamodb
from chalicelib.models.connection import Connection, Subscription
from chalicelib.realtime.channels import channel_key, channels_at_connect
from chalicelib.settings import settings

# API Gateway ends a connection after two hours; the row outlives it by a little and then expires by itself.
_LONGEST_CONNECTION: Final = timedelta(hours=2, minutes=10)


def store(
    principal: Principal, connection_id: str, *, format_: str, correlation_id: str, now: datetime
) -> Connection:
    """Writes a connection and what it watches from the start, all or nothing."""
    channels = channels_at_connect(principal)
    connected_at = int(now.timestamp() * 1000)
    expires_at = epoch(now + _LONGEST_CONNECTION)
    row = Connection(
        connection_id,
        tenant_id=principal.tenant_id,
        user_id=principal.user_id,
        session_id=principal.session_id,
        role=principal.role,
        kind=principal.kind,
        driver_id=principal.driver_id,
        customer_id=principal.customer_id,
        format=format_,
        channels=set(channels),
        connected_at=connected_at,
        last_seen_at=epoch(now),
        token_expires_at=principal.expires_at,
        correlation_id=correlation_id,
        expires_at=expires_at,
    )
    with TransactWrite(connection=dynamodb()) as write:
        write.save(row)
        for channel in channels:
            write.save(
                Subscription(
                    channel_key(principal.tenant_id, channel),
                    connection_id,
                    format=format_,
                    connected_at=connected_at,
                    expires_at=expires_at,
                )
            )
    return row


def touch(connection_id: str, now: datetime) -> Connection | None:
    """Notes that a connection was heard of and returns it; None for one that is not known (any more)."""
    row = Connection(connection_id)
    try:
        row.update(actions=[Connection.last_seen_at.set(epoch(now))], condition=Connection.connection_id.exists())
    except UpdateError as error:
        if not condition_failed(error):
            raise
        return None
    return row


def forget(connection_id: str) -> bool:
    """Removes a connection and all it watches; False where it was not known. Harmless when repeated.

    The subscriptions go first: a crash in between leaves the row that names them, for the next try.
    """
    try:
        row = Connection.get(connection_id, consistent_read=True)
    except Connection.DoesNotExist:
        return False
    with Subscription.batch_write() as batch:
        for channel in row.channels or ():
            batch.delete(Subscription(channel_key(row.tenant_id, channel), connection_id))
    row.delete()
    return True


def count() -> int:
    """How many connections there are, over all tenants.

    A scan that counts, a megabyte of small rows a call: one call up to some 2,000 connections. PynamoDB's own
    count of a table is DescribeTable's, which is up to six hours old.
    """
    pages = (
        aws.client("dynamodb")
        .get_paginator("scan")
        .paginate(TableName=settings().table_prefix + "connections", Select="COUNT")
    )
    return sum(page["Count"] for page in pages)
