"""The folder in which mutmut runs: a copy of the code and the tests.

mutmut changes no function with a decorator, such as the rules and the handlers. So the copy calls the decorators
after the definition: `@rule(…)` above `def f` becomes `f = rule(…)(f)` below it, which does the same.
"""

import json
import shutil
from collections.abc import Sequence
from typing import Final

import libcst as cst

from tests.proof.figures import ROOT
from tests.proof.mutants.scope import IGNORED, PACKAGES

FOLDER: Final = ROOT / ".build" / "mutants"
MUTANTS: Final = FOLDER / "mutants"

# These are not called afterwards: mutmut knows the first two, and no others have a value to change.
_STAY: Final = {"classmethod", "staticmethod", "contextmanager", "cache", "overload"}
_NOT_NEEDED: Final = {"tests", "chalicelib", "node_modules"}
# One failed example is enough, the smallest takes minutes to find; and each run must kill the same mutants.
_HYPOTHESIS: Final = """
_phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
hypothesis.settings.register_profile("mutants", deadline=None, derandomize=True, database=None, phases=_phases)
hypothesis.settings.load_profile("mutants")
"""


def make(tests: Sequence[str]) -> None:
    """tests: files and folders that may notice a change."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    MUTANTS.mkdir(parents=True)
    ignored = shutil.ignore_patterns("__pycache__", "node_modules", "browser", "e2e", "bench")
    shutil.copytree(ROOT / "chalicelib", FOLDER / "chalicelib", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "tests", MUTANTS / "tests", ignore=ignored)
    with (MUTANTS / "tests" / "conftest.py").open("a") as conftest:
        conftest.write(_HYPOTHESIS)
    for path in ROOT.iterdir():
        if (path.name not in _NOT_NEEDED and not path.name.startswith(".")) or path.name == ".chalice":
            (MUTANTS / path.name).symlink_to(path)
    for package in PACKAGES:
        for path in (FOLDER / "chalicelib" / package).rglob("*.py"):
            path.write_text(called_below(path.read_text()))
    (MUTANTS / "pyproject.toml").unlink()
    (FOLDER / "pyproject.toml").write_text(f"{(ROOT / 'pyproject.toml').read_text()}\n{_settings(tests)}")


def called_below(code: str) -> str:
    """The code, with its decorators called after the functions."""
    return cst.parse_module(code).visit(_Undecorate()).code


def _settings(tests: Sequence[str]) -> str:
    values = {
        "source_paths": ["chalicelib"],
        "only_mutate": [f"chalicelib/{package}/*" for package in PACKAGES],
        "do_not_mutate_patterns": list(IGNORED),
        "pytest_add_cli_args": ["-p", "no:cacheprovider", "-n0"],
        "pytest_add_cli_args_test_selection": list(tests),
        # The tests' clients of AWS and pools of threads do not survive a fork of the process that has used them.
        "process_isolation": "forkserver",
        "track_dependencies": False,
        "use_git_change_detection": False,
    }
    # A JSON value is a TOML value.
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    return "\n".join(["[tool.mutmut]", *lines, ""])


class _Undecorate(cst.CSTTransformer):
    def leave_FunctionDef(
        self, _: cst.FunctionDef, updated: cst.FunctionDef
    ) -> cst.FunctionDef | cst.FlattenSentinel[cst.BaseStatement]:
        decorators = [each.decorator for each in updated.decorators]
        if not decorators or any(isinstance(each, cst.Name) and each.value in _STAY for each in decorators):
            return updated
        value: cst.BaseExpression = updated.name
        for decorator in reversed(decorators):
            value = cst.Call(decorator, [cst.Arg(value)])
        again = cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(updated.name)], value)])
        return cst.FlattenSentinel([updated.with_changes(decorators=[]), again])
