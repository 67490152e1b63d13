"""moto's DynamoDB without repeated work; its results do not change.

Half of the time of a test with a database is moto's. Half of that is repeated work: moto computes the size of a
row again for each attribute, parses each condition again, looks up the visitor for each node of an update's syntax
tree, and asks each value for its type five times.
"""

import inspect
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any, Final

from botocore.loaders import JSONFileLoader
from moto.core import responses
from moto.dynamodb.comparisons import AttributeValue, ConditionExpressionParser, OpDefault
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Node
from moto.dynamodb.parsing.expressions import UpdateExpressionParser
from moto.dynamodb.parsing.validators import ActionCountValidator, OverlappingPathsValidator
from moto.sqs import models as sqs_models

from tests.light_values import VALUES


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
    **VALUES,
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
