"""docs/security.csv: each requirement of both checklists has one row, and each test that a row names exists."""

import ast
import csv
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from infra.packaging import ROOT

PAGE: Final = (ROOT / "docs" / "security.md").read_text()
CHECKLIST: Final = (ROOT / "docs" / "security.csv").read_text()
API_TOP_10: Final = [f"API{number}" for number in range(1, 11)]

_NUMBERS = re.compile(r"(API|V\d+\.\d+\.)(\d+)(?:–(\d+))?")
_REASON = re.compile(r"(?:Document|Exception|Not applicable|Not done|Platform): \S")
_TEST = re.compile(r"`([\w/]+\.py)::(test_\w+)`")


class ChecklistRow(NamedTuple):
    """A row of a checklist: its numbers, its requirement, and the tests, or the reason why there is none."""

    numbers: tuple[str, ...]
    asked: str
    answer: str


def _numbers(cell: str) -> Iterator[str]:
    """`V5.5.2–4, V5.2.8`: four numbers."""
    for part in cell.split(", "):
        named = _NUMBERS.fullmatch(part)
        assert named is not None, f"{cell!r} is no list of numbers"
        first, last = int(named[2]), int(named[3] or named[2])
        yield from (f"{named[1]}{number}" for number in range(first, last + 1))


def _lines() -> Iterator[ChecklistRow]:
    _, *rows = csv.reader(CHECKLIST.splitlines())
    for numbers, asked, answer in rows:
        yield ChecklistRow(tuple(_numbers(numbers)), asked, answer)


LINES: Final = list(_lines())


def _level_2() -> list[str]:
    text = (Path(__file__).parent / "asvs-4.0.3-level-2.txt").read_text()
    return [number for line in text.splitlines() if not line.startswith("#") for number in line.split()]


@cache
def _tests_of(path: str) -> frozenset[str]:
    """The functions of a test file, read and not imported: the browser's tests need a browser."""
    file = ROOT / "tests" / path
    tree = ast.parse(file.read_text() if file.is_file() else "")
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(each.name for each in ast.walk(tree) if isinstance(each, functions))


def test_every_requirement_has_exactly_one_line() -> None:
    asked = [*API_TOP_10, *_level_2()]
    answered = Counter(number for line in LINES for number in line.numbers)

    assert [number for number in asked if number not in answered] == []
    assert [number for number in answered if number not in asked] == []
    assert [number for number, count in answered.items() if count > 1] == []


def _faults(line: ChecklistRow) -> Iterator[str]:
    named = _TEST.findall(line.answer)
    if not named and not _REASON.search(line.answer):
        yield f"{line.numbers[0]}: neither a test nor a reason"
    if len(named) != line.answer.count("::"):
        yield f"{line.numbers[0]}: a test that is not written as `path::test_name`"
    for path, test in named:
        if test not in _tests_of(path):
            yield f"{line.numbers[0]}: there is no {path}::{test}"


def test_a_line_names_tests_that_exist_or_a_reason() -> None:
    assert [fault for line in LINES for fault in _faults(line)] == []


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "Not applicable.",
        "`docs/test_security.py::test_that_is_not_there`",
        "`docs/no_such_file.py::test_a_fault_is_found`",
        "docs/test_security.py::test_a_fault_is_found",
    ],
)
def test_a_fault_is_found(answer: str) -> None:
    assert list(_faults(ChecklistRow(("V1.1.1",), "something", answer)))


def test_the_gaps_that_are_listed_are_those_of_the_lines() -> None:
    listed = re.search(r"^## Not done\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert listed is not None

    in_lines = {number for line in LINES if "Not done:" in line.answer for number in line.numbers}

    assert set(re.findall(r"\b(?:API\d+|V\d+\.\d+\.\d+)\b", listed[1])) == in_lines


@pytest.mark.parametrize("page", ["README.md", "docs/operations.md", "SECURITY.md"])
def test_the_page_is_linked(page: str) -> None:
    target = "security.md" if page.startswith("docs/") else "docs/security.md"
    assert f"]({target}" in (ROOT / page).read_text()
