"""moto's DynamoDB without repeated work; its results do not change.

Half of the time of a test with a database is moto's. Half of that is repeated work: moto computes the size of a
row again for each attribute, parses each condition again, looks up the visitor for each node of an update's syntax
tree, and asks each value for its type five times.
"""

import inspect
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import cache, lru_cache
from typing import Any, Final

from botocore.loaders import JSONFileLoader
from moto.core import responses
from moto.dynamodb import responses as dynamodb_responses
from moto.dynamodb.comparisons import AttributeValue, ConditionExpressionParser, OpDefault
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Node
from moto.dynamodb.parsing.expressions import UpdateExpressionParser
from moto.dynamodb.parsing.validators import ActionCountValidator, OverlappingPathsValidator
from moto.sqs import models as sqs_models


def lighten() -> None:
    """For the life of the process. Harmless when repeated."""
    _set(_LIGHT)


@contextmanager
def moto_as_it_is() -> Iterator[None]:
    """moto's own methods meanwhile."""
    _set(_OWN)
    try:
        yield
    finally:
        _set(_LIGHT)


def _set(methods: dict[tuple[Any, str], Any]) -> None:
    for (owner, name), method in methods.items():
        setattr(owner, name, method)


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


def _cast(self: Any) -> Any:
    return self.value if self.type in _AS_IT_IS else _OWN[DynamoType, "cast_value"].fget(self)


def _size(self: Any) -> int:
    kind, value = self.type, self.value
    if kind == "S":
        return len(value) if value.isascii() else len(value.encode())
    if kind == "L":
        return sum([each.size() for each in value])
    size: int = _OWN[DynamoType, "size"](self)
    return size


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


def _own_plain(value: Any) -> Any:
    return _OWN[dynamodb_responses, "dynamo_to_dict"](value)


_SETS: Final = frozenset(("SS", "NS", "BS"))
_BINARY: Final = frozenset(("B", "BS"))
_TEXTS: Final = frozenset(("S", "N", "BOOL"))
_AS_IT_IS: Final = frozenset(("S", "BOOL", "B"))
_SCALARS: Final = frozenset((str, int, float, bool, type(None)))


def _parse(self: Any) -> Any:
    if not self.condition_expression:
        return OpDefault(None, None)
    names, values = self.expression_attribute_names or {}, self.expression_attribute_values or {}
    node, names_found, values_found = _syntax(self.condition_expression, tuple(names.items()), tuple(values))
    self.expr_attr_names_found.extend(names_found)
    self.expr_attr_values_found.extend(values_found)
    return self._make_op_condition(node)


@lru_cache(maxsize=5000)
def _syntax(text: str, names: tuple[tuple[str, str], ...], values: tuple[str, ...]) -> Any:
    """A condition's syntax tree, with the values' names for the values; and the names of both kinds in it."""
    parser = ConditionExpressionParser(text, dict(names), {name: {"S": name} for name in values})
    parser._make_op_condition = lambda node: node
    node = _OWN[ConditionExpressionParser, "parse"](parser)
    return node, parser.expr_attr_names_found, parser.expr_attr_values_found


def _operand(self: Any, node: Any) -> Any:
    if node.kind == self.Kind.EXPRESSION_ATTRIBUTE_VALUE:
        return AttributeValue(self.expression_attribute_values[node.text])
    return _OWN[ConditionExpressionParser, "_make_operand"](self, node)


def _traverse(self: Any, root: Any) -> Any:
    kinds = _and_below(self.nodes_to_be_processed())
    # Most visitors have no use for it.
    before = self.pre_processing_of_child
    is_asked = type(self).pre_processing_of_child is not DepthFirstTraverser.pre_processing_of_child

    def visit(node: Any, place: int) -> Any:
        parent = node.parent
        for n, child in enumerate(node.children or ()):
            if is_asked:
                before(node, n)
            if type(child) in _NODES:
                visit(child, n)
        if type(node) in kinds:
            node = self.process(node)
            node.parent = parent
            if parent:
                parent.children[place] = node
        return node

    return visit(root, -1)


@cache
def _and_below(kinds: tuple[Any, ...]) -> frozenset[Any]:
    """These classes and all below them. Abstract base classes are slow to ask for each node."""
    return frozenset(kinds).union(*(_and_below(tuple(kind.__subclasses__())) for kind in kinds))


_NODES: Final = _and_below((Node,))


def _load_file(_: Any, path: str) -> Any:
    """botocore's descriptions of services, which the clients of one session share anyway."""
    return _load_json(path)


@cache
def _load_json(path: str) -> Any:
    return _OWN[JSONFileLoader, "load_file"](JSONFileLoader(), path)


@lru_cache(maxsize=5000)
def _parse_text(text: str) -> Any:
    """The syntax tree of an update. moto changes copies of it only, and makes them with `deepcopy`."""
    tree = _OWN[UpdateExpressionParser, "make"].__func__(UpdateExpressionParser, text)
    stored = pickle.dumps(tree)
    tree.__deepcopy__ = lambda _: pickle.loads(stored)
    return tree


def _check_root(self: Any, root: Any) -> Any:
    """The root has the clauses of all its children; moto compares them again at each child."""
    return self.check_for_overlapping_paths(root)


def _count_actions(self: Any, root: Any) -> Any:
    """The root has the clauses of all its children; moto counts them again at each child."""
    return self.verify_action_counts(root)


_LIGHT: Final[dict[tuple[Any, str], Any]] = {
    (Item, "__init__"): _init,
    (LimitedSizeDict, "__reduce_ex__"): _pickled,
    (DynamoType, "__init__"): _init_value,
    (DynamoType, "__deepcopy__"): _copy_value,
    (DynamoType, "__hash__"): _hash_value,
    (DynamoType, "__eq__"): _is_equal,
    (DynamoType, "cast_value"): property(_cast),
    (DynamoType, "size"): _size,
    (Item, "__deepcopy__"): _copy_row,
    (dynamodb_responses, "dynamo_to_dict"): _plain,
    (ConditionExpressionParser, "parse"): _parse,
    (ConditionExpressionParser, "_make_operand"): _operand,
    (OverlappingPathsValidator, "traverse"): _check_root,
    (DepthFirstTraverser, "traverse"): _traverse,
    (UpdateExpressionParser, "make"): _parse_text,
    (ActionCountValidator, "traverse"): _count_actions,
    (JSONFileLoader, "load_file"): _load_file,
    (responses, "camelcase_to_underscores"): cache(responses.camelcase_to_underscores),
    (sqs_models, "camelcase_to_underscores"): cache(sqs_models.camelcase_to_underscores),
    (responses, "method_names_from_class"): cache(responses.method_names_from_class),
}
_OWN: Final = {(owner, name): inspect.getattr_static(owner, name) for owner, name in _LIGHT}
