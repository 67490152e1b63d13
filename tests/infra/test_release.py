"""`make release` changes the changelog and the repository."""

import json
import re
import subprocess
import tomllib
from datetime import date
from pathlib import Path

import pytest

from infra.packaging import ROOT
from infra.release import NotReleased, dated, release

DAY = date(2026, 12, 1)
CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A map.\n\n## [1.9.0] - 2026-11-01\n\n- A board.\n"


def git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=repository, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1.9.0"\n')
    git(tmp_path, "init", "-q")
    git(tmp_path, "config", "user.name", "A")
    git(tmp_path, "config", "user.email", "a@example.com")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "Start")
    return tmp_path


def test_a_release_dates_the_changelog_and_tags_a_commit(repository: Path) -> None:
    release("1.10.0", DAY, repository)
    assert (
        "## [Unreleased]\n\n## [1.10.0] - 2026-12-01\n\n### Added\n\n- A map.\n"
        in (repository / "CHANGELOG.md").read_text()
    )
    assert 'version = "1.10.0"' in (repository / "pyproject.toml").read_text()
    assert git(repository, "status", "--porcelain") == ""
    assert git(repository, "describe") == "v1.10.0"
    assert git(repository, "log", "-1", "--format=%s") == "Release 1.10.0"


@pytest.mark.parametrize("version", ["", "1.10", "v1.10.0", "1.9.0", "1.8.9", "1.10.0; true"])
def test_a_version_is_three_numbers_above_the_last(version: str) -> None:
    with pytest.raises(NotReleased, match="VERSION must"):
        dated(CHANGELOG, version, DAY)


def test_an_empty_release_is_refused() -> None:
    with pytest.raises(NotReleased, match="nothing under Unreleased"):
        dated(dated(CHANGELOG, "1.10.0", DAY), "1.11.0", DAY)


def test_uncommitted_changes_and_an_existing_tag_are_refused(repository: Path) -> None:
    git(repository, "tag", "v1.10.0")
    with pytest.raises(NotReleased, match=r"the tag v1\.10\.0 exists"):
        release("1.10.0", DAY, repository)
    (repository / "CHANGELOG.md").write_text("changed")
    with pytest.raises(NotReleased, match="commit your changes first"):
        release("1.11.0", DAY, repository)


def test_the_next_release_of_the_project_can_be_made() -> None:
    assert "## [1000.0.0] - 2026-12-01" in dated((ROOT / "CHANGELOG.md").read_text(), "1000.0.0", DAY)


def test_the_projects_version_is_the_newest_of_the_changelog() -> None:
    newest = re.search(r"^## \[([\d.]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == newest[1]


def test_the_realtime_client_has_a_version_of_its_own() -> None:
    package = json.loads((ROOT / "chalicelib/static/realtime/package.json").read_text())
    assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
