"""Counts habit words in comments, docstrings and documents, and finds commit subjects that break the rules.

`make habit-words` writes the counts to habit_words.json. They may only fall: the script refuses a higher total.
"""

import ast
import io
import json
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from infra.packaging import ROOT

STORED: Final = Path(__file__).with_name("habit_words.json")
MOST_LETTERS: Final = 72
# `_` is a letter here: stored names, as `told_to_leave_at`, do not count.
HABITS: Final = re.compile(
    r"\b(whoever|somebody|nobody|anybody|told|said|heard|kept|lets? in|g[ia]ven? up|gives up|giving up)\b",
    re.IGNORECASE,
)
# Merges and earlier commits are exempt.
_LAST_EXEMPT: Final = "3980dd1bc"
_NO_VERB: Final = re.compile(r"(the|an?|it|its|this|that|there|some|all|no|new)$|.+([^s]s|ing|ed)$", re.IGNORECASE)
# Verbs that end like other words.
_VERBS: Final = {
    "bring",
    "string",
    "ping",
    "need",
    "embed",
    "feed",
    "speed",
    "seed",
    "shed",
    "exceed",
    "proceed",
    "focus",
}
_JS_COMMENT: Final = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)


def counts() -> dict[str, int]:
    """Habit words per file, of files that have any."""
    named = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    paths = named.stdout.splitlines()
    found = {path: count(path, (ROOT / path).read_text()) for path in sorted(paths) if _is_read(path)}
    return {path: number for path, number in found.items() if number}


def _is_read(path: str) -> bool:
    is_ours = path.endswith((".py", ".js", ".md")) and "/vendor/" not in path and path != "CHANGELOG.md"
    return is_ours and (ROOT / path).is_file()


def count(path: str, text: str) -> int:
    """The habit words in a file: in the comments and docstrings of code, or in all of a document."""
    if not HABITS.search(text):
        return 0
    if path.endswith(".py"):
        prose = [*_comments(text), *_docstrings(text)]
    elif path.endswith(".js"):
        prose = _JS_COMMENT.findall(text)
    else:
        prose = [text]
    return sum(len(HABITS.findall(part)) for part in prose)


def _comments(text: str) -> Iterator[str]:
    # Reading tokens is slow, and few files need it.
    if any("#" in line and HABITS.search(line) for line in text.splitlines()):
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield token.string


def _docstrings(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def risen(now: Mapping[str, int], stored: Mapping[str, int]) -> list[str]:
    """Files with more habit words than stored."""
    return [
        f"{path}: {number}, stored {stored.get(path, 0)}"
        for path, number in now.items()
        if number > stored.get(path, 0)
    ]


def subjects(repository: Path = ROOT, last_exempt: str = _LAST_EXEMPT) -> list[str]:
    """Subjects of the commits after the last exempt one. Without that one, as in a shallow clone: of HEAD.

    Without a repository there are none.
    """

    def log(*which: str) -> "subprocess.CompletedProcess[str]":
        command = ["git", "log", "--no-merges", "--format=%s", *which]
        return subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)

    after = log(f"{last_exempt}..HEAD")
    return (after if after.returncode == 0 else log("-1", "HEAD")).stdout.splitlines()


def faults(subject: str) -> list[str]:
    """The problems of a commit's subject."""
    first = subject.partition(" ")[0]
    found = []
    if len(subject) > MOST_LETTERS:
        found.append(f"{len(subject)} characters, at most {MOST_LETTERS}")
    if not first[:1].isupper() or subject.endswith("."):
        found.append("starts with a capital letter and ends without a full stop")
    if _NO_VERB.fullmatch(first) and first.lower() not in _VERBS:
        found.append(f"starts with a verb in the imperative, not {first!r}")
    if habit := HABITS.search(subject):
        found.append(f"habit word {habit[0]!r}")
    return found


def store(now: Mapping[str, int], path: Path = STORED) -> int:
    """Stores these counts, unless they are more than before: then the exit code is 1."""
    stored = json.loads(path.read_text())
    if sum(now.values()) > sum(stored.values()):
        print("More habit words than before; use plain words:", *risen(now, stored), sep="\n  ", file=sys.stderr)
        return 1
    path.write_text(json.dumps(now, indent=0) + "\n")
    return 0


def main(given: Sequence[str]) -> int:
    """`--check` names files with more habit words than stored, `--subject FILE` checks a commit's message."""
    if given[:1] == ["--subject"]:
        found = faults(Path(given[1]).read_text().partition("\n")[0])
    elif given == ["--check"]:
        found = risen(counts(), json.loads(STORED.read_text()))
    else:
        return store(counts())
    print(*found, sep="\n", file=sys.stderr)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
