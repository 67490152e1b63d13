"""The files in docs/decisions: their required form, and their numbers and index, which `make decisions` writes.

`NNNN-title.md` has a title, a line `Status: accepted, YYYY-MM-DD` and three sections. A superseded decision has
`Status: superseded by [NNNN](NNNN-title.md), YYYY-MM-DD` and two sentences.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from infra.packaging import ROOT

FOLDER: Final = ROOT / "docs" / "decisions"
INDEX: Final = FOLDER / "README.md"
MOST_WORDS: Final = 300
SECTIONS: Final = ("Context", "Decision", "Consequences")

_NAME = re.compile(r"(\d{4})-[a-z0-9-]+\.md")
_STATUS = r"accepted|superseded by \[\d{4}\]\(\d{4}-[a-z0-9-]+\.md\)"
_HEAD = re.compile(rf"# (?P<title>.+)\n\nStatus: (?P<status>{_STATUS}), (?P<date>\d{{4}}-\d\d-\d\d)\n\n")
# A heading with text below it.
_SECTION = re.compile(r"^## (.+)\n\n(?=[^#\s])", re.MULTILINE)


class Decision(NamedTuple):
    """A decision's file."""

    name: str
    text: str


def read(folder: Path) -> list[Decision]:
    """All decisions of a folder, by number."""
    paths = sorted(path for path in folder.glob("*.md") if path.name != INDEX.name)
    return [Decision(path.name, path.read_text()) for path in paths]


def number(folder: Path) -> None:
    """Gives the files without a number the next ones."""
    names = [each.name for each in read(folder)]
    last = max((int(name[:4]) for name in names if _NAME.fullmatch(name)), default=0)
    for i, name in enumerate((name for name in names if not _NAME.fullmatch(name)), start=last + 1):
        (folder / name).rename(folder / f"{i:04}-{name}")


def faults(decisions: Sequence[Decision]) -> Iterator[str]:
    """The problems of the files, one sentence each."""
    for number, files in Counter(each.name[:4] for each in decisions).items():
        if files > 1:
            yield f"{number} is the number of {files} decisions"
    latest = ""
    for name, text in decisions:
        head = _HEAD.match(text)
        if not _NAME.fullmatch(name):
            yield f"{name} is not named NNNN-title.md"
        elif head is None:
            yield f"{name} does not begin with a title, a status and a date"
        elif head["date"] < latest:
            yield f"{name} is older than a decision before it"
        elif head["status"] == "accepted" and tuple(_SECTION.findall(text)) != SECTIONS:
            yield f"{name} does not have the sections {', '.join(SECTIONS)}"
        elif len(text.split()) > MOST_WORDS:
            yield f"{name} has more than {MOST_WORDS} words"
        latest = max(latest, head["date"] if head else "")


def index(decisions: Sequence[Decision]) -> str:
    """The text of the index."""
    lines = [
        "# Decisions\n\n`make decisions` writes this list, and gives a new file `title.md` the next number. A "
        f"file has a\nstatus, date, context, decision and consequences, and {MOST_WORDS} words at most.\n\n"
    ]
    for name, text in decisions:
        if head := _HEAD.match(text):
            superseded = "" if head["status"] == "accepted" else f" ({head['status']})"
            lines.append(f"- [{name[:4]} {head['title']}]({name}){superseded}\n")
    return "".join(lines)


if __name__ == "__main__":
    number(FOLDER)
    INDEX.write_text(index(read(FOLDER)))
