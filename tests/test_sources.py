"""Rules for the sources of functions and pages; docs/security.md refers to them."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

import app
from infra.packaging import ROOT

PYTHON: Final = sorted((ROOT / "chalicelib").rglob("*.py"))
SCRIPTS: Final = [
    path for path in sorted((ROOT / "chalicelib" / "static").rglob("*.js")) if "vendor" not in path.parts
]

# Code out of text, processes, and formats that make objects of any class.
_RUNNING: Final = {"eval", "exec", "compile", "__import__", "system", "popen", "fork", "execv", "spawnv"}
_MODULES: Final = {"subprocess", "pickle", "marshal", "shelve", "yaml", "ctypes", "pty", "code", "codeop"}
_WEAK_HASHES: Final = {"md5", "sha1", "new"}
# Random pauses and orders of work, which need not be unguessable.
_MAY_BE_GUESSED: Final = {
    "chalicelib/models/base.py",
    "chalicelib/realtime/log.py",
    "chalicelib/realtime/overdue.py",
    "chalicelib/realtime/poster.py",
    "chalicelib/consumers/send_sms.py",
}
_MARKUP: Final = re.compile(
    r"\.(?:inner|outer)HTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|srcdoc"
    r"|\beval\(|\bnew Function\b|\bset(?:Timeout|Interval)\(\s*[\"'`]|document\.cookie"
)


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _running(tree: ast.AST) -> list[str]:
    called = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    modules = {name.partition(".")[0] for name in _imported(tree)}
    # `re.compile` is another function: of methods, only those of `os` count.
    names = {each.id for each in called if isinstance(each, ast.Name)}
    of_os = {node.attr for node in ast.walk(tree) if _is_of(node, "os") and isinstance(node, ast.Attribute)}
    return sorted((modules & _MODULES) | ((names | of_os) & _RUNNING))


def _weak_hashes(tree: ast.AST) -> list[str]:
    return sorted(
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and _is_of(node, "hashlib") and node.attr in _WEAK_HASHES
    )


def _is_of(node: ast.AST, module: str) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == module


def _cookies(tree: ast.AST) -> list[str]:
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return [text for text in texts if isinstance(text, str) and text.lower() in ("cookie", "set-cookie")]


def _everywhere(find: Callable[[ast.AST], list[str]]) -> dict[str, list[str]]:
    found = {_named(path): find(ast.parse(path.read_text())) for path in PYTHON}
    return {path: names for path, names in found.items() if names}


def _named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_function_runs_text_as_code_starts_a_process_or_loads_objects() -> None:
    assert _everywhere(_running) == {}


def test_no_broken_hash_is_used() -> None:
    assert _everywhere(_weak_hashes) == {}


def test_no_cookie_is_read_or_set() -> None:
    assert _everywhere(_cookies) == {}


def test_secrets_come_from_the_operating_systems_random_numbers() -> None:
    assert {
        _named(path) for path in PYTHON if "random" in _imported(ast.parse(path.read_text()))
    } == _MAY_BE_GUESSED


def test_pages_write_no_markup_run_no_text_and_have_no_cookie() -> None:
    assert SCRIPTS
    assert {_named(path): _MARKUP.findall(path.read_text()) for path in SCRIPTS} == {
        _named(path): [] for path in SCRIPTS
    }


def test_the_functions_run_without_debug_mode() -> None:
    # Chalice's debug mode answers with tracebacks.
    assert app.app.debug is False


@pytest.mark.parametrize(
    ("find", "source", "found"),
    [
        (_running, "import subprocess", ["subprocess"]),
        (_running, "from pickle import loads", ["pickle"]),
        (_running, "eval(text)", ["eval"]),
        (_running, "os.system(text)", ["system"]),
        (_running, "re.compile(text)", []),
        (_weak_hashes, "hashlib.md5(content)", ["md5"]),
        (_cookies, 'headers = {"Set-Cookie": value}', ["Set-Cookie"]),
    ],
)
def test_a_forbidden_use_would_be_found(
    find: Callable[[ast.AST], list[str]], source: str, found: list[str]
) -> None:
    assert find(ast.parse(source)) == found
