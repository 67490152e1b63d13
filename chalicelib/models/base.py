"""The base of all tables: names with a prefix, one shared client, exact decimals."""

import random
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from pynamodb.attributes import Attribute
from pynamodb.connection import Connection
from pynamodb.connection.table import TableConnection
from pynamodb.constants import ALL, NUMBER
from pynamodb.exceptions import PutError, PynamoDBException, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.pagination import ResultIterator

from chalicelib.core import aws
from chalicelib.core.errors import Busy, Unavailable
from chalicelib.core.settings import settings
from chalicelib.core.transactions import is_conflict
from chalicelib.models.parsing import Item, ReadableRows, Unreadable, plain_key, reason
from chalicelib.models.writes import put_once, update_once

if TYPE_CHECKING:
    from pynamodb.transactions import TransactWrite

T = TypeVar("T")

_BATCH_ATTEMPTS: Final = 3
_CONFLICT_ATTEMPTS: Final = 6


class TableName:
    """A table's full name, computed on use, so that importing a model does not need the environment."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: object, owner: type) -> str:
        return settings().table_prefix + self.name


def _on_shared_client(connection: Connection) -> Connection:
    # PynamoDB makes a client per table. A client costs 10–80 ms of a cold start; all tables share one.
    connection._client = aws.client("dynamodb")
    return connection


class Table(Model):
    """Base of all models. Models have no business rules.

    A write of one row is repeated while a transaction of another function uses the row, and recognises its own
    repetition by botocore (`writes`). So a caller need not know which functions write the same rows.
    """

    @classmethod
    def parse(cls, item: Item, names: Collection[str] | None = None) -> Self:
        """Parses a raw item of botocore (with bytes for binary) as a row. Raises Unreadable.

        names: the attributes that were read, if not all.
        """
        cls._check(item, names)
        return cls.from_raw_data(dict(item))

    @classmethod
    def _check(cls, item: Item, names: Collection[str] | None) -> None:
        if reason(cls, item, names):
            raise cls.unreadable(item, names)

    @classmethod
    def unreadable(cls, item: Item, names: Collection[str] | None = None) -> Unreadable:
        """The error for an item that cannot be parsed. names: as for `parse`."""
        return cls._unreadable(item, reason(cls, item, names) or "unknown")

    def undecodable(self, name: str) -> Unreadable:
        """The error for a row with an attribute whose text or bytes cannot be decoded."""
        return self._unreadable(self.serialize(null_check=False), f"wrong type: {name}")

    @classmethod
    def _unreadable(cls, item: Item, why: str) -> Unreadable:
        table = str(cls.Meta.table_name).removeprefix(settings().table_prefix)
        return Unreadable(table, plain_key(cls._key_names(), item), why)

    @classmethod
    def readable(cls, items: Iterable[Item]) -> Iterator[Self]:
        """The rows of raw items. Items that cannot be parsed are reported and skipped."""
        return (cls.from_raw_data(dict(item)) for item in items if cls._is_readable(item, None))

    @classmethod
    def get(
        cls,
        hash_key: Any,
        range_key: Any = None,
        consistent_read: bool = False,
        attributes_to_get: Sequence[str] | None = None,
    ) -> Self:
        """The row of a key. Raises DoesNotExist, or Unreadable if the row cannot be parsed."""
        found = cls._get_connection().get_item(
            *cls._serialize_keys(hash_key, range_key),
            consistent_read=consistent_read,
            attributes_to_get=attributes_to_get,
        )
        if not found.get("Item"):
            raise cls.DoesNotExist
        return cls.parse(found["Item"], attributes_to_get)

    @classmethod
    def find(cls, *key: Any, **options: Any) -> Self | None:
        """As `get`, but returns None if there is no such row. Raises Unreadable."""
        try:
            return cls.get(*key, **options)
        except cls.DoesNotExist:
            return None

    @classmethod
    def query(cls, *key: Any, **options: Any) -> ResultIterator[Self]:
        """PynamoDB's query; rows that cannot be parsed are reported and skipped."""
        return cls._readable_rows(super().query(*key, **options), options)

    @classmethod
    def scan(cls, *condition: Any, **options: Any) -> ResultIterator[Self]:
        """PynamoDB's scan; rows that cannot be parsed are reported and skipped."""
        return cls._readable_rows(super().scan(*condition, **options), options)

    @classmethod
    def _readable_rows(cls, found: ResultIterator[Self], options: Mapping[str, Any]) -> ResultIterator[Self]:
        names = options.get("attributes_to_get") or cls._names_in(options.get("index_name"))
        return ReadableRows(found, partial(cls.parse, names=names))

    @classmethod
    def _batch_get_page(cls, keys: Any, consistent_read: Any, attributes_to_get: Any) -> tuple[Any, Any]:
        # PynamoDB's batch_get calls this. Without the filter, a row that it cannot parse would end it for all
        # others.
        items, unprocessed = super()._batch_get_page(keys, consistent_read, attributes_to_get)
        return [item for item in items if cls._is_readable(item, attributes_to_get)], unprocessed

    @classmethod
    def _is_readable(cls, item: Item, names: Collection[str] | None) -> bool:
        try:
            cls._check(item, names)
        except Unreadable as error:
            error.report()
            return False
        return True

    @classmethod
    def _names_in(cls, index_name: str | None) -> list[str] | None:
        """The attributes in an index; None for all."""
        if index_name is None:
            return None
        index = cls._indexes[index_name].Meta
        if index.projection.projection_type == ALL:
            return None
        return [*cls._key_names(), *index.attributes, *(index.projection.non_key_attributes or ())]

    @classmethod
    def _key_names(cls) -> list[str]:
        return [name for name in (cls._hash_keyname, cls._range_keyname) if name is not None]

    @classmethod
    def _get_connection(cls) -> TableConnection:
        if cls._connection is None:
            _on_shared_client(super()._get_connection().connection)
        return super()._get_connection()

    def save(self, condition: Condition | None = None, **options: Any) -> dict[str, Any]:
        if condition is None:
            return retry_on_conflict(partial(super().save, **options))
        return retry_on_conflict(partial(put_once, self, condition, **options))

    def update(self, actions: Sequence[Action], condition: Condition | None = None, **options: Any) -> Any:
        return retry_on_conflict(partial(update_once, self, actions, condition, **options))

    def save_if(self, condition: Condition) -> bool:
        """Writes the row if the condition holds. Returns whether it was written."""
        return _holds(partial(self.save, condition))

    def update_if(self, actions: Sequence[Action], condition: Condition) -> bool:
        """Changes the stored row and this object if the condition holds. Returns whether the row was changed."""
        return _holds(partial(self.update, actions, condition))

    def delete(self, condition: Condition | None = None, **options: Any) -> Any:
        return retry_on_conflict(partial(super().delete, condition, **options))


def assign(model: type[Table], values: Mapping[str, Any]) -> list[Action]:
    """The actions that set a row's attributes to these values; None removes one."""
    attributes = model.get_attributes()
    return [
        attributes[name].remove() if value is None else attributes[name].set(value)
        for name, value in values.items()
    ]


def connection() -> Connection:
    """A connection for PynamoDB's transactions, on the shared client."""
    return _on_shared_client(Connection(region=settings().region))


def batch_get(requests: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Raw items by table, read with one BatchGetItem. requests: its `RequestItems`, at most 100 keys.

    Raises Unavailable if DynamoDB leaves keys unprocessed at every attempt.
    """
    found: dict[str, list[dict[str, Any]]] = {table: [] for table in requests}
    for _ in range(_BATCH_ATTEMPTS):
        answer = aws.client("dynamodb").batch_get_item(RequestItems=requests)
        for table, items in answer["Responses"].items():
            found[table] += items
        requests = answer.get("UnprocessedKeys", {})
        if not requests:
            return found
    raise Unavailable("The database does not answer. Try again soon.")


def _holds(write: Callable[[], Any]) -> bool:
    """Runs a write and returns whether its condition held. Raises all other errors."""
    try:
        write()
    except (PutError, UpdateError) as error:
        if not condition_failed(error):
            raise
        return False
    return True


def transact(write: "Callable[[TransactWrite], object]") -> None:
    """Runs a transaction, and repeats it after conflicts with others on the same rows. write: adds its writes.

    Raises TransactWriteError, or Busy after too many conflicts.
    """
    # Most functions write no transactions.
    from pynamodb.transactions import TransactWrite  # noqa: PLC0415 - see above

    def attempt() -> None:
        with TransactWrite(connection=connection()) as transaction:
            write(transaction)

    retry_on_conflict(attempt)


def condition_failed(error: PynamoDBException) -> bool:
    """Whether a write failed because its condition did not hold."""
    return _code(error) == "ConditionalCheckFailedException"


def refused_item(error: PynamoDBException) -> Item | None:
    """The stored item of an update whose condition failed, empty without an item; None for any other failure."""
    if not condition_failed(error):
        return None
    # PynamoDB's error omits the item; botocore's error, which caused it, has it.
    response: dict[str, Any] = getattr(error.__cause__ and error.__cause__.__cause__, "response", None) or {}
    item: Item = response.get("Item") or {}
    return item


def retry_on_conflict(write: Callable[[], T], *, pause: Callable[[float], None] = time.sleep) -> T:
    """The result of `write`, which is repeated while another request's transaction uses the same rows.

    DynamoDB refuses such a write instead of delaying it, and botocore does not repeat it. Raises Busy if the
    conflict does not end, and all other errors of `write`.
    """
    for attempt in range(_CONFLICT_ATTEMPTS):
        try:
            return write()
        except PynamoDBException as error:
            if not _conflicted(error):
                raise
            if attempt == _CONFLICT_ATTEMPTS - 1:
                raise Busy("This is being changed by others all the time. Try again soon.") from error
            pause(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311
    raise AssertionError("unreachable")


def _conflicted(error: PynamoDBException) -> bool:
    if isinstance(error, TransactWriteError):
        return is_conflict(error)
    return _code(error) == "TransactionConflictException"


def _code(error: PynamoDBException) -> str | None:
    # PynamoDB's `cause_response_code` fails for botocore's HTTPClientError, whose `response` is None.
    response: dict[str, Any] = getattr(error.cause, "response", None) or {}
    code: str | None = response.get("Error", {}).get("Code")
    return code


class DecimalAttribute(Attribute[Decimal]):
    """An exact decimal as a DynamoDB number (38 digits); PynamoDB's own number goes through float."""

    attr_type = NUMBER

    def serialize(self, value: Any) -> str:
        return format(value, "f")

    def deserialize(self, value: str) -> Decimal:
        return Decimal(value)
