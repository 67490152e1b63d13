"""moto's DynamoDB without repeated work; its results do not change.

Half of the time of a test with a database is moto's. A third of that is repeated work: moto computes the size of a
row again for each attribute, compiles the patterns for conditions again, and looks up the visitor for each node of
an update's syntax tree.
"""

import inspect
import pickle
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any, Final

from botocore.loaders import JSONFileLoader
from moto.core import responses
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Node
from moto.dynamodb.parsing.expressions import UpdateExpressionParser
from moto.dynamodb.parsing.validators import ActionCountValidator


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


def _lex(self: Any) -> Any:
    return deque(_lex_text(self.condition_expression))


@lru_cache(maxsize=1000)
def _lex_text(text: str) -> tuple[Any, ...]:
    lex = _OWN[ConditionExpressionParser, "_lex_condition_expression"]
    return tuple(lex(ConditionExpressionParser(text, {}, {})))


def _traverse(self: Any, root: Any) -> Any:
    kinds = self.nodes_to_be_processed()
    # Most visitors have no use for it.
    before = self.pre_processing_of_child
    is_asked = type(self).pre_processing_of_child is not DepthFirstTraverser.pre_processing_of_child

    def visit(node: Any, place: int) -> Any:
        parent = node.parent
        for n, child in enumerate(node.children or ()):
            if is_asked:
                before(node, n)
            if _is_any_of(type(child), _NODES):
                visit(child, n)
        if _is_any_of(type(node), kinds):
            node = self.process(node)
            node.parent = parent
            if parent:
                parent.children[place] = node
        return node

    return visit(root, -1)


_NODES: Final = (Node,)
# Abstract base classes are slow to ask.
_is_any_of: Final[Callable[[Any, Any], bool]] = cache(issubclass)


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


def _count_actions(self: Any, root: Any) -> Any:
    """The root has the clauses of all its children; moto counts them again at each child."""
    return self.verify_action_counts(root)


_LIGHT: Final[dict[tuple[Any, str], Any]] = {
    (Item, "__init__"): _init,
    (ConditionExpressionParser, "_lex_condition_expression"): _lex,
    (DepthFirstTraverser, "traverse"): _traverse,
    (UpdateExpressionParser, "make"): _parse_text,
    (ActionCountValidator, "traverse"): _count_actions,
    (JSONFileLoader, "load_file"): _load_file,
    (responses, "camelcase_to_underscores"): cache(responses.camelcase_to_underscores),
    (responses, "method_names_from_class"): cache(responses.method_names_from_class),
}
_OWN: Final = {(owner, name): inspect.getattr_static(owner, name) for owner, name in _LIGHT}
