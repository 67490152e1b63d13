"""docs/decisions: the form of each file, an index that is current, and a decision for each dependency."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.packaging import ROOT
from tests.docs.decisions import FOLDER, INDEX, Decision, faults, index, number, read

DECISIONS = read(FOLDER)
SECTIONS = "## Context\n\nOne.\n\n## Decision\n\nTwo.\n\n## Consequences\n\nThree.\n"
GOOD = Decision("0001-one.md", f"# One\n\nStatus: accepted, 2026-11-22\n\n{SECTIONS}")


def _dependencies() -> Iterator[str]:
    """Every package that a requirements*.in or a package.json names, and every vendored folder."""
    for path in ROOT.glob("requirements*.in"):
        yield from re.findall(r"^([\w-]+)(?:\[.*\])?==", path.read_text(), re.MULTILINE)
    for path in (ROOT / "tests/browser/package.json", ROOT / "infra/esbuild/package.json"):
        package = json.loads(path.read_text())
        yield from [*package.get("dependencies", {}), *package.get("devDependencies", {})]
    for path in (ROOT / "chalicelib" / "static" / "vendor").iterdir():
        yield re.sub(r"-[\d.]+$", "", path.name)


def test_each_decision_has_a_number_a_status_a_date_and_its_sections() -> None:
    assert not list(faults(DECISIONS))


def test_the_index_of_decisions_is_current() -> None:
    assert INDEX.read_text() == index(DECISIONS), "run `make decisions`"


def test_each_dependency_has_a_decision() -> None:
    text = "\n".join(each.text for each in DECISIONS).lower()
    # Types come with the package that they are of.
    names = {name.lower() for name in _dependencies() if not name.startswith(("types-", "@types/"))}
    assert {"msgspec", "pyvroom", "esbuild", "typescript", "leaflet"} <= names
    assert not [name for name in sorted(names) if not re.search(rf"(?<![\w-]){name}(?![\w-])", text)]


@pytest.mark.parametrize(
    ("decisions", "fault"),
    [
        ([GOOD, GOOD._replace(name="0001-two.md")], "0001 is the number of 2 decisions"),
        ([GOOD._replace(name="one.md")], "one.md is not named NNNN-title.md"),
        ([GOOD._replace(text=f"# One\n\n{SECTIONS}")], "does not begin with a title, a status and a date"),
        ([GOOD._replace(text=GOOD.text.replace("Context", "Why"))], "does not have the sections"),
        ([GOOD._replace(text=GOOD.text.replace("Two.\n", ""))], "does not have the sections"),
        ([GOOD._replace(text=GOOD.text + "word " * 300)], "has more than 300 words"),
        ([GOOD, Decision("0002-two.md", GOOD.text.replace("-22", "-21"))], "0002-two.md is older"),
    ],
)
def test_a_fault_of_a_decision_is_found(decisions: list[Decision], fault: str) -> None:
    [found] = faults(decisions)
    assert fault in found


def test_a_superseded_decision_needs_no_sections_and_is_marked_in_the_index() -> None:
    status = "superseded by [0001](0001-one.md)"
    old = Decision("0002-two.md", f"# Two\n\nStatus: {status}, 2026-11-23\n\nIt was so. It is no longer.\n")
    assert not list(faults([GOOD, old]))
    assert index([GOOD, old]).endswith(f"- [0001 One](0001-one.md)\n- [0002 Two](0002-two.md) ({status})\n")


def test_a_file_without_a_number_is_given_the_next_one(tmp_path: Path) -> None:
    for name in (GOOD.name, "zebra.md", "apple.md", INDEX.name):
        (tmp_path / name).write_text(GOOD.text)
    number(tmp_path)
    assert [each.name for each in read(tmp_path)] == ["0001-one.md", "0002-apple.md", "0003-zebra.md"]
    assert (tmp_path / INDEX.name).exists()
