"""New text uses plain words, and a commit's subject is a short imperative."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.docs.plain_english import STORED, count, counts, faults, risen, store, subjects


def test_no_file_has_more_habit_words_than_stored() -> None:
    assert risen(counts(), json.loads(STORED.read_text())) == [], (
        "use plain words; `make habit-words` after moving files"
    )


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.py", '"""Nobody is told."""\nX = "told"  # kept\n', 3),
        ("a.py", 'def heard(said: str) -> None:\n    """Whoever."""\n', 1),
        ("a.py", 'X = "# told"\n', 0),
        ("a.js", "/** Somebody\n * said */\nconst told = 1; // kept\nconst url = 'https://kept';\n", 3),
        ("a.md", "It is kept, and gives up. It lets in anybody.", 4),
        ("a.md", "`told_to_leave_at` is stored.", 0),
    ],
)
def test_habit_words_are_counted_in_comments_docstrings_and_documents(path: str, text: str, expected: int) -> None:
    assert count(path, text) == expected


def test_a_count_may_fall_and_not_rise_and_a_new_file_has_none() -> None:
    assert risen({"a.py": 1, "b.py": 3, "c.py": 1}, {"a.py": 2, "b.py": 2}) == [
        "b.py: 3, stored 2",
        "c.py: 1, stored 0",
    ]


def test_stored_counts_may_move_and_fall_in_total_and_not_rise(tmp_path: Path) -> None:
    path = tmp_path / "stored.json"
    path.write_text('{"a.py": 2}')
    assert store({"b.py": 2}, path) == 0
    assert store({"b.py": 1}, path) == 0
    assert store({"b.py": 2}, path) == 1
    assert json.loads(path.read_text()) == {"b.py": 1}


@pytest.mark.parametrize(
    "subject",
    [
        "Refuse drivers' PIN tries by guests",
        "Pass the clock to reports",
        "Embed the map",
        "Address requests by their path",
        "A" + "b" * 71,
    ],
)
def test_an_imperative_subject_is_accepted(subject: str) -> None:
    assert faults(subject) == []


@pytest.mark.parametrize(
    "subject",
    [
        "A" + "b" * 72,
        "refuse guests",
        "Refuse guests.",
        "Refuses guests",
        "Refused guests",
        "Refusing guests",
        "The guests are refused",
        "Tell whoever asks",
    ],
)
def test_any_other_subject_is_refused(subject: str) -> None:
    assert len(faults(subject)) == 1


def test_the_subjects_of_new_commits_are_short_imperatives() -> None:
    assert {subject: found for subject in subjects() if (found := faults(subject))} == {}


def test_commits_after_the_last_exempt_one_are_read_and_of_a_shallow_clone_its_one(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
        command = ["git", *identity, *arguments]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.strip()

    assert subjects(tmp_path) == []
    git("init", "-q")
    for subject in ("First", "Second", "Third"):
        git("commit", "-q", "--allow-empty", "-m", subject)
    assert subjects(tmp_path, git("rev-parse", "HEAD~2")) == ["Third", "Second"]
    assert subjects(tmp_path, "0" * 40) == ["Third"]
