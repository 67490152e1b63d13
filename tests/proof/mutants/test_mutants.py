"""The operators, the scope and the list of survivors; a full proof runs the mutants."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import libcst as cst
import pytest
from mutmut.mutation.mutators import mutation_operators

from tests.proof.extent import FULL
from tests.proof.figures import ROOT
from tests.proof.mutants import operators, scope
from tests.proof.mutants.calls import Calls
from tests.proof.mutants.operators import Operator
from tests.proof.mutants.verdict import Mutant, Result, faults, listed
from tests.proof.mutants.workspace import called_below

if FULL:

    @pytest.mark.timeout(1500)
    def test_each_change_is_noticed_or_listed() -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        command = [sys.executable, "-m", "tests.proof.mutants"]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def mutated(operator: Operator, code: str) -> list[str]:
    """The code after each change that an operator makes."""
    found: list[str] = []
    kind, change = operator

    class Visitor(cst.CSTVisitor):
        def on_visit(self, node: cst.CSTNode) -> bool:
            if isinstance(node, kind):
                found.extend(tree.deep_replace(node, new).code for new in change(node))
            return True

    tree = cst.parse_module(code)
    tree.visit(Visitor())
    return found


@pytest.mark.parametrize(
    ("operator", "before", "after"),
    [
        (operators.CONDITIONS[0], "row.save(condition=is_new)", ["row.save()"]),
        (operators.CONDITIONS[0], "row.update_if(actions, is_ours)", ["row.update_if(actions, None)"]),
        (operators.CONDITIONS[1], "ours = a & b", ["ours = a", "ours = b"]),
        (operators.CONDITIONS[1], "ended = statuses & ENDED", []),
        (operators.CONSISTENT_READS[0], "Order.get(key, consistent_read=True)", ["Order.get(key)"]),
        (operators.CONSISTENT_READS[0], "Order.get(key, consistent_read=False)", []),
        (operators.CONSISTENT_READS[1], 'ask({"ConsistentRead": True})', ['ask({"ConsistentRead": False})']),
        (
            operators.CONSISTENT_READS[2],
            "def heads(*, consistent=True): ...",
            ["def heads(*, consistent=False): ..."],
        ),
    ],
)
def test_an_operator_drops_a_guard(operator: Operator, before: str, after: list[str]) -> None:
    assert mutated(operator, before) == after


def is_outside(code: ast.AST) -> bool:
    return "outside" in ast.dump(code)


@pytest.mark.parametrize(
    ("body", "after"),
    [
        (["outside(1)", "outside(2)"], [["outside(2)", "outside(1)"]]),
        (["outside(1)", "return outside(2)"], [["returned_ = outside(2)", "outside(1)", "return returned_"]]),
        (["x = outside(1)", "outside(x)"], []),
        (["outside([x for x in y])", "outside(x)"], [["outside(x)", "outside([x for x in y])"]]),
        (["outside(1)", "inside(2)"], []),
    ],
)
def test_neighbours_that_both_call_aws_are_swapped(body: list[str], after: list[list[str]]) -> None:
    def function(lines: list[str]) -> str:
        return "\n    ".join(["def f():", *lines]) + "\n"

    operator = (cst.IndentedBlock, operators.swap_calls(is_outside))
    assert mutated(operator, function(body)) == [function(lines) for lines in after]


@pytest.fixture(scope="module")
def calls() -> Calls:
    return Calls(ROOT)


@pytest.mark.parametrize(
    ("code", "outside"),
    [
        ("heads(tenant_id, channels)", True),  # through batch_get
        ("row.save_if(condition)", True),
        ("ChannelLog.query(key)", True),
        ("channel_key(tenant_id, channel)", False),
        ("found.get(key)", False),
    ],
)
def test_calls_to_aws_are_found_through_other_functions(calls: Calls, code: str, outside: bool) -> None:
    assert calls.any_in("chalicelib.realtime.log", [ast.parse(code)]) is outside


def test_decorators_are_called_below_their_function() -> None:
    assert called_below("@rule(roles=STAFF)\ndef f():\n    pass\n") == (
        "def f():\n    pass\nf = rule(roles=STAFF)(f)\n"
    )
    unchanged = "class C:\n    @classmethod\n    def f(cls):\n        pass\n"
    assert called_below(unchanged) == unchanged


def functions(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("module", sorted(scope.ORDINARY))
def test_the_modules_of_the_scope_exist(module: str) -> None:
    assert (ROOT / "chalicelib" / f"{module.replace('.', '/')}.py").exists()


def test_the_operators_of_the_scope_exist() -> None:
    assert {operator.__name__ for _, operator in mutation_operators} >= scope.OPERATORS


def test_each_listed_survivor_has_a_function_and_a_reason() -> None:
    for mutant, reason in listed().items():
        assert mutant.function in functions(ROOT / mutant.file), mutant
        assert len(reason) > 20, mutant


KILLED, SURVIVED, TIMED_OUT = (Result("x", status) for status in ("killed", "survived", "timeout"))


@pytest.mark.parametrize(
    ("results", "known", "fault"),
    [
        ([SURVIVED, *[KILLED] * 20], [], "survived: "),
        ([TIMED_OUT, *[KILLED] * 20], [], "timeout: "),
        ([KILLED], [0], "listed, but killed: "),
        ([SURVIVED], [0], "only 0 of 1"),
    ],
)
def test_a_fault_of_the_mutants_is_found(results: list[Result], known: list[int], fault: str) -> None:
    mutants = [Mutant("file.py", "function", "ordinary", str(n)) for n in range(len(results))]
    [found] = faults(dict(zip(mutants, results, strict=True)), [mutants[n] for n in known])
    assert found.startswith(fault)


def test_killed_mutants_and_listed_survivors_of_our_operators_are_no_fault() -> None:
    killed = Mutant("file.py", "function", "ordinary", "1 → 2")
    same = Mutant("file.py", "function", "swap", "a before b")
    assert faults({killed: KILLED, same: SURVIVED}, [same]) == []
