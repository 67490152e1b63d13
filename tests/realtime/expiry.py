"""Simulates the passing of time for stored rows by moving their expiry."""

from collections.abc import Iterable
from typing import Any

from chalicelib.core.clock import epoch, now


def let_time_pass(models: Iterable[Any], hours: int, *, delete_expired: bool) -> None:
    """Moves all rows of the models towards their expiry. delete_expired: whether DynamoDB deletes expired rows."""
    for model in models:
        for row in model.scan(consistent_read=True):
            if row.expires_at is None:
                continue
            row.expires_at -= hours * 3600
            if delete_expired and row.expires_at < epoch(now()):
                row.delete()
            else:
                row.save()
