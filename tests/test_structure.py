"""The modules of the code: no import cycle, no long function, and each folder has a docstring with its purpose."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from infra.packaging import ROOT

PACKAGES = ("chalicelib", "infra")
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
}
# Lines, with its signature and docstring.
LONGEST_FUNCTION = 60
FOLDERS = [path for path in MODULES.values() if path.name == "__init__.py"]


def test_no_module_imports_itself_in_a_circle() -> None:
    TopologicalSorter(graph(MODULES)).prepare()


def test_a_circle_would_be_found_in_a_function_too(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("from b import x\n")
    (tmp_path / "b.py").write_text("def x():\n    import a\n")
    with pytest.raises(CycleError):
        TopologicalSorter(graph({"a": tmp_path / "a.py", "b": tmp_path / "b.py"})).prepare()


@pytest.mark.parametrize("path", FOLDERS, ids=lambda path: str(path.parent.relative_to(ROOT)))
def test_every_folder_describes_its_purpose_in_two_sentences(path: Path) -> None:
    text = ast.get_docstring(ast.parse(path.read_text())) or ""
    assert text.count(".") > 1, f"{path} says what the folder is for, and what may import it"


def test_no_function_is_longer_than_60_lines() -> None:
    functions = (
        (path, node)
        for path in MODULES.values()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path, node in functions
        if (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ] == []


def graph(modules: dict[str, Path]) -> dict[str, set[str]]:
    """By module: the modules that it imports, anywhere in it."""
    return {name: set(imported(path, modules)) - {name} for name, path in modules.items()}


def imported(path: Path, modules: dict[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                submodule = f"{node.module}.{each.name}"
                found = submodule if submodule in modules else node.module
                if found in modules:
                    yield found
