"""The values and rows of moto's DynamoDB without repeated work; their results do not change."""

from copy import deepcopy
from typing import Any, Final

from moto.dynamodb import responses as dynamodb_responses
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict

_own_cast: Final[Any] = DynamoType.cast_value.fget
_own_size: Final[Any] = DynamoType.size
_own_plain: Final[Any] = dynamodb_responses.dynamo_to_dict


def _init(self: Any, hash_key: Any, range_key: Any, attrs: dict[str, Any]) -> None:
    self.hash_key, self.range_key = hash_key, range_key
    self.attrs = LimitedSizeDict()
    typed = {name: DynamoType(value) for name, value in attrs.items()}
    last = typed.popitem() if typed else None
    dict.update(self.attrs, typed)
    if last:
        # Compares the size of the whole row with the limit.
        self.attrs[last[0]] = last[1]


def _pickled(self: Any, _: int) -> Any:
    """Rows are checked when they are written, not when they are copied."""
    return _unpickled, (dict(self),)


def _unpickled(attributes: dict[str, Any]) -> Any:
    copied = LimitedSizeDict()
    dict.update(copied, attributes)
    return copied


def _init_value(self: Any, given: Any) -> None:
    if type(given) is DynamoType:
        kind, value = given.type, given.value
    else:
        ((kind, value),) = given.items()
    self.type = kind
    if kind == "L":
        value = [DynamoType(each) for each in value]
    elif kind == "M":
        value = {name: DynamoType(each) for name, each in value.items()}
    self.value = value


def _copy_value(self: Any, memo: Any) -> Any:
    kind, value = self.type, self.value
    if kind == "L":
        value = [_copy_any(each, memo) for each in value]
    elif kind == "M":
        value = {name: _copy_any(each, memo) for name, each in value.items()}
    elif kind in _SETS:
        value = list(value)
    copied = DynamoType.__new__(DynamoType)
    copied.type, copied.value = kind, value
    return copied


def _copy_any(value: Any, memo: Any) -> Any:
    return _copy_value(value, memo) if type(value) is DynamoType else deepcopy(value, memo)


def _copy_row(self: Any, memo: Any) -> Any:
    copied = Item.__new__(Item)
    copied.hash_key, copied.range_key = _copy_any(self.hash_key, memo), _copy_any(self.range_key, memo)
    copied.attrs = _unpickled({name: _copy_any(value, memo) for name, value in self.attrs.items()})
    return copied


def _hash_value(self: Any) -> int:
    return hash((self.type, self.value if self.type == "S" else self.cast_value))


def _is_equal(self: Any, other: Any) -> bool:
    if self.type != other.type:
        return False
    return bool(self.value == other.value if self.type == "S" else self.cast_value == other.cast_value)


def _is_less(self: Any, other: Any) -> bool:
    if self.type == other.type == "S":
        return bool(self.value < other.value)
    return bool(self.cast_value < other.cast_value)


def _cast(self: Any) -> Any:
    return self.value if self.type in _AS_IT_IS else _own_cast(self)


def _size(self: Any) -> int:
    kind, value = self.type, self.value
    if kind == "S":
        return _length(value)
    if kind == "N":
        return len(str(value))
    if kind == "L":
        return sum([each.size() for each in value])
    if kind == "M":
        return sum([_length(name) + DynamoType(each).size() for name, each in value.items()])
    size: int = _own_size(self)
    return size


def _length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _size_of_row(self: Any) -> int:
    return sum([_length(name) + value.size() for name, value in self.attrs.items()])


def _plain(value: Any) -> Any:
    """A row as moto answers it."""
    kind = type(value)
    if kind is DynamoType and value.type not in _BINARY:
        return {value.type: value.value if value.type in _TEXTS else _plain(value.value)}
    if kind is dict:
        return {name: _plain(each) for name, each in value.items()}
    if kind is list:
        return [_plain(each) for each in value]
    return value if kind in _SCALARS else _own_plain(value)


_SETS: Final = frozenset(("SS", "NS", "BS"))
_BINARY: Final = frozenset(("B", "BS"))
_TEXTS: Final = frozenset(("S", "N", "BOOL"))
_AS_IT_IS: Final = frozenset(("S", "BOOL", "B"))
_SCALARS: Final = frozenset((str, int, float, bool, type(None)))


# The methods by their owner and name.
VALUES: Final[dict[tuple[Any, str], Any]] = {
    (Item, "__init__"): _init,
    (LimitedSizeDict, "__reduce_ex__"): _pickled,
    (DynamoType, "__init__"): _init_value,
    (DynamoType, "__deepcopy__"): _copy_value,
    (DynamoType, "__hash__"): _hash_value,
    (DynamoType, "__eq__"): _is_equal,
    (DynamoType, "__lt__"): _is_less,
    (DynamoType, "cast_value"): property(_cast),
    (DynamoType, "size"): _size,
    (Item, "__deepcopy__"): _copy_row,
    (Item, "size"): _size_of_row,
    (dynamodb_responses, "dynamo_to_dict"): _plain,
}
