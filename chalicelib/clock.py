"""Time and identity: the instant, its text on the wire, and ids that sort by when they were made."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ulid import ULID


def now() -> datetime:
    """The current instant, aware, UTC."""
    return datetime.now(UTC)


def wire(moment: datetime) -> str:
    """UTC ISO 8601 with milliseconds and `Z`: `2026-11-22T04:37:33.120Z`. Texts sort as instants do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_wire(text: str) -> datetime:
    """The instant of a text made by `wire`. Raises ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time needs its zone")
    return moment.astimezone(UTC)


def epoch(moment: datetime) -> int:
    """Whole seconds since 1970, as DynamoDB's TTL wants them."""
    return int(moment.timestamp())


def from_epoch(seconds: float) -> datetime:
    """The instant so many seconds after 1970, UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def local_day(moment: datetime, zone: str) -> str:
    """The calendar day `YYYY-MM-DD` of an instant in an IANA time zone."""
    return moment.astimezone(ZoneInfo(zone)).date().isoformat()


def day_bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """The instants at which a calendar day begins and ends in an IANA time zone."""
    place = ZoneInfo(zone)
    return (
        datetime.combine(day, time(), place).astimezone(UTC),
        datetime.combine(day + timedelta(days=1), time(), place).astimezone(UTC),
    )


def new_id() -> str:
    """A ULID: 26 characters, sortable by the millisecond it was made in."""
    return str(ULID())
