"""moto's DynamoDB without what it does again for each call; what is stored, refused and answered stays moto's.

Half of the time of a test with a database is moto's. A third of that is repeated work: the size of a row is
added up anew with each of its attributes, a condition's text is read with patterns that are compiled anew, and
each node of an update's syntax tree asks which nodes its visitor is for.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Node


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


def _set(methods: dict[tuple[type, str], Any]) -> None:
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

    def visit(node: Any, place: int) -> Any:
        if not isinstance(node, Node):
            return node
        parent = node.parent
        for n, child in enumerate(node.children or ()):
            self.pre_processing_of_child(node, n)
            visit(child, n)
        if isinstance(node, kinds):
            node = self.process(node)
            node.parent = parent
            if parent:
                parent.children[place] = node
        return node

    return visit(root, -1)


_LIGHT: Final[dict[tuple[type, str], Any]] = {
    (Item, "__init__"): _init,
    (ConditionExpressionParser, "_lex_condition_expression"): _lex,
    (DepthFirstTraverser, "traverse"): _traverse,
}
_OWN: Final = {(owner, name): getattr(owner, name) for owner, name in _LIGHT}
