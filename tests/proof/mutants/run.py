"""Runs mutmut with our operators and within our scope. A script, for the folder that `workspace.py` makes."""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from math import ceil
from pathlib import Path
from typing import Any, Final

import libcst as cst
from mutmut import __main__ as mutmut
from mutmut.mutation import file_mutation
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.mutation.trampoline_templates import mangle_function_name
from mutmut.runners.harness import PytestRunner
from mutmut.state import state
from mutmut.utils.file_utils import change_cwd
from mutmut.utils.format_utils import get_mutant_name
from mutmut.workers.isolation import ForkServerRunner

from tests.proof.mutants import operators, scope
from tests.proof.mutants.calls import Calls

_CALLS: Final = Calls(Path())
_KINDS: Final = {"condition": operators.CONDITIONS, "consistent read": operators.CONSISTENT_READS}

# By the identity of a changed node: its kind. With the node, so that no other gets its identity.
_made: dict[int, tuple[cst.CSTNode, str]] = {}


def _noting(kind: str, operator: Callable[[Any], Iterable[cst.CSTNode]]) -> Callable[[Any], Iterator[cst.CSTNode]]:
    def noted(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        for changed in operator(node):
            _made[id(changed)] = (changed, kind)
            yield changed

    return noted


def _operators(module: str) -> list[operators.Operator]:
    swap = operators.swap_calls(lambda code: _CALLS.any_in(module, [code]))
    own = [(kind, *each) for kind, those in _KINDS.items() for each in those]
    own.append(("swap", cst.IndentedBlock, swap))
    chosen = [each for each in mutation_operators if each[1].__name__ in scope.OPERATORS]
    ordinary = [("ordinary", *each) for each in chosen] if module in _ORDINARY else []
    return [(node, _noting(kind, operator)) for kind, node, operator in (*ordinary, *own)]


_ORDINARY: Final = {f"chalicelib.{module}" for module in scope.ORDINARY}
# Seconds.
_LEAST_WAIT: Final = 60
_submit_any: Final = ForkServerRunner.submit
_warm_up_only: Final = PytestRunner.warm_up
_create_all: Final = file_mutation.create_mutations


def _create(filename: str, code: str, *options: Any) -> Any:
    """The changes of a file, within the scope. Writes their descriptions beside the file."""
    module = ".".join(Path(filename).with_suffix("").parts)
    file_mutation.mutation_operators = _operators(module)
    tree, changes, *ignored = _create_all(filename, code, *options)
    of_classes = [each for each in tree.body if isinstance(each, cst.ClassDef)]
    classes = {id(method): each.name.value for each in of_classes for method in each.body.body}
    chosen, described, number, equal = [], {}, Counter[str](), Counter[tuple[str, str]]()
    for change in changes:
        function = change.contained_by_top_level_function
        if not isinstance(function, cst.FunctionDef):
            continue
        chosen.append(change)
        mangled = mangle_function_name(name=function.name.value, class_name=classes.get(id(function)))
        number[mangled] += 1
        name = get_mutant_name(Path(filename), f"{mangled}__mutmut_{number[mangled]}")
        kind = _made[id(change.mutated_node)][1]
        text = _described(tree, change)
        equal[function.name.value, text] += 1
        nth = equal[function.name.value, text]
        described[name] = (filename, function.name.value, kind, text if nth == 1 else f"{text} #{nth}")
    Path("mutants", f"{filename}.changes.json").write_text(json.dumps(described))
    return tree, chosen, *ignored


def _described(tree: cst.Module, change: Any) -> str:
    """What is different, on one line."""
    if isinstance(change.original_node, cst.IndentedBlock):
        pairs = zip(change.original_node.body, change.mutated_node.body, strict=False)
        first, second = next((old, new) for old, new in pairs if old is not new)
        return f"{_line(tree, second)} before {_line(tree, first)}"
    old, new = _line(tree, change.original_node), _line(tree, change.mutated_node)
    return f"{old} → {new}"


def _line(tree: cst.Module, node: cst.CSTNode) -> str:
    text = re.sub(r"\s+", " ", re.sub(r"#.*", "", tree.code_for_node(node))).strip()
    return text if len(text) <= 160 else f"{text[:157]}…"


def _submit(runner: ForkServerRunner, name: str, tests: list[str], *_: float) -> None:
    """Starts the tests of a change: first those of the changed module and of stale reads, then the quick ones."""
    first = (Path(*name.split(".")[1:-1]).name, "stale_reads")
    seconds = state().duration_by_test

    def order(test: str) -> tuple[bool, float]:
        return not any(each in test.partition("::")[0] for each in first), seconds[test]

    chosen = sorted(tests, key=order)[: scope.MOST_TESTS]
    expected = sum(seconds[test] for test in chosen)
    # A change may loop for ever. mutmut ends the tests after half of these seconds.
    _submit_any(runner, name, chosen, ceil(2 * (_LEAST_WAIT + 10 * expected)), expected)


def _warm_up(runner: PytestRunner) -> None:
    """Runs a test in the process from which all others are forked: each would import moto for a second."""
    _warm_up_only(runner)
    set_mutant_under_test("")
    with change_cwd("mutants"):
        runner.execute_pytest(["-q", scope.WARM_UP])


def main() -> None:
    file_mutation.create_mutations = _create
    ForkServerRunner.submit = _submit
    PytestRunner.warm_up = _warm_up
    # The run that found which test calls which function was clean.
    ForkServerRunner.run_clean_tests = lambda *_, **__: 0
    # The tests must import their own copy of themselves.
    for name in [name for name in sys.modules if name.split(".")[0] == "tests"]:
        del sys.modules[name]
    mutmut._run(sys.argv[2:], int(sys.argv[1]))


if __name__ == "__main__":
    main()
