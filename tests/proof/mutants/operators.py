"""The changes that mutmut does not know: each breaks a rule on which the guarantees rest.

mutmut's own operators change numbers, comparisons, names and arguments. These swap two calls to AWS, drop a
condition and drop a consistent read.
"""

import ast
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import libcst as cst
import libcst.matchers as m

Operator = tuple[type[cst.CSTNode], Callable[..., Iterable[cst.CSTNode]]]

_CONSISTENT: Final = {"consistent", "consistent_read", "ConsistentRead"}
# Project functions whose last argument is a condition.
_CONDITIONAL: Final = {"save_if", "update_if"}
_KEYWORDS: Final = {"condition", "filter_condition"}
_FALSE: Final = cst.Name("False")


def drop_condition(call: cst.Call) -> Iterator[cst.Call]:
    """A write without its condition."""
    for n, arg in enumerate(call.args):
        if arg.keyword and arg.keyword.value in _KEYWORDS:
            yield _without(call, n)
    if m.matches(call.func, m.Attribute(attr=m.OneOf(*(m.Name(name) for name in _CONDITIONAL)))):
        yield call.with_changes(args=[*call.args[:-1], cst.Arg(cst.Name("None"))])


def drop_part_of_condition(both: cst.BinaryOperation) -> Iterator[cst.BaseExpression]:
    """One side of `&` only. With a constant, it is an intersection of sets."""
    if isinstance(both.operator, cst.BitAnd) and not m.findall(both, m.Name(m.MatchRegex("_?[A-Z_]+"))):
        yield both.left
        yield both.right


def drop_consistent_read(call: cst.Call) -> Iterator[cst.Call]:
    for n, arg in enumerate(call.args):
        if arg.keyword and arg.keyword.value in _CONSISTENT and not m.matches(arg.value, m.Name("False")):
            yield _without(call, n)


def drop_consistent_batch(element: cst.DictElement) -> Iterator[cst.DictElement]:
    if m.matches(element.key, m.SimpleString('"ConsistentRead"')):
        yield element.with_changes(value=_FALSE)


def drop_consistent_default(param: cst.Param) -> Iterator[cst.Param]:
    if param.name.value in _CONSISTENT and m.matches(param.default, m.Name("True")):
        yield param.with_changes(default=_FALSE)


def _without(call: cst.Call, n: int) -> cst.Call:
    args = [*call.args[:n], *call.args[n + 1 :]]
    if args:
        args[-1] = args[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return call.with_changes(args=args)


CONDITIONS: Final[tuple[Operator, ...]] = (
    (cst.Call, drop_condition),
    (cst.BinaryOperation, drop_part_of_condition),
)
CONSISTENT_READS: Final[tuple[Operator, ...]] = (
    (cst.Call, drop_consistent_read),
    (cst.DictElement, drop_consistent_batch),
    (cst.Param, drop_consistent_default),
)


def swap_calls(
    is_outside: Callable[[ast.AST], bool],
) -> Callable[[cst.IndentedBlock], Iterator[cst.IndentedBlock]]:
    """Swaps two neighbours that both call AWS, if the second needs nothing of the first."""

    def swapped(block: cst.IndentedBlock) -> Iterator[cst.IndentedBlock]:
        for n, (first, second) in enumerate(zip(block.body, block.body[1:], strict=False)):
            trees = _parsed(first), _parsed(second)
            if all(map(is_outside, trees)) and not _bound(trees[0]) & _read(trees[1]):
                yield block.with_changes(body=[*block.body[:n], *_exchanged(first, second), *block.body[n + 2 :]])

    return swapped


def _exchanged(
    first: cst.BaseStatement, second: cst.BaseStatement
) -> Sequence[cst.BaseStatement | cst.BaseSmallStatement]:
    if m.matches(second, m.SimpleStatementLine(body=[m.Return()])):
        returned = cst.ensure_type(cst.ensure_type(second, cst.SimpleStatementLine).body[0], cst.Return)
        value = returned.value or cst.Name("None")
        earlier = cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(cst.Name("returned_"))], value)])
        return [earlier, first, cst.SimpleStatementLine([cst.Return(cst.Name("returned_"))])]
    return [second, first]


def _parsed(statement: cst.CSTNode) -> ast.AST:
    return ast.parse(textwrap.dedent(cst.Module([]).code_for_node(statement)))


def _bound(tree: ast.AST) -> set[str]:
    """The names that the code sets for the code after it."""
    own = {
        id(name)
        for each in ast.walk(tree)
        if isinstance(each, ast.comprehension)
        for name in ast.walk(each.target)
    }
    names = {node for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in own}
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return {node.id for node in names if isinstance(node.ctx, ast.Store)} | functions


def _read(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
