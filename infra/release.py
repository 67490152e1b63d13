"""A release: `make release VERSION=1.2.3` dates the changelog, commits that and tags the commit.

It pushes nothing. The realtime client has its own version in chalicelib/static/realtime/package.json.
"""

import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from chalicelib.core.clock import now
from infra.packaging import ROOT

CHANGELOG: Final = "CHANGELOG.md"
PROJECT: Final = "pyproject.toml"
_NEXT: Final = "## [Unreleased]\n"
_RELEASED: Final = re.compile(r"^## \[(\d+\.\d+\.\d+)\]", re.MULTILINE)
_VERSION: Final = re.compile(r"\d+\.\d+\.\d+")
_PROJECTS_VERSION: Final = re.compile(r'^version = ".*"$', re.MULTILINE)


class NotReleased(Exception):
    """The release cannot be made; the message tells what to change first."""


def dated(changelog: str, version: str, day: date) -> str:
    """The changelog with this version as the heading of the unreleased entries. Raises NotReleased."""
    if not _VERSION.fullmatch(version):
        raise NotReleased("VERSION must have the form 1.2.3")
    earlier = _RELEASED.findall(changelog)
    if earlier and _numbers(version) <= _numbers(earlier[0]):
        raise NotReleased(f"VERSION must be above {earlier[0]}")
    before, heading, rest = changelog.partition(_NEXT)
    if not heading or not rest.partition("\n## ")[0].strip():
        raise NotReleased(f"{CHANGELOG} has nothing under Unreleased")
    return f"{before}{heading}\n## [{version}] - {day}\n{rest}"


def _numbers(version: str) -> list[int]:
    return [int(each) for each in version.split(".")]


def release(version: str, day: date, repository: Path = ROOT) -> None:
    """Commits the dated changelog and the project's version, and tags the commit. Raises NotReleased."""
    if _git(repository, "status", "--porcelain", "--untracked-files=no"):
        raise NotReleased("commit your changes first")
    if _git(repository, "tag", "--list", f"v{version}"):
        raise NotReleased(f"the tag v{version} exists")
    changelog, project = repository / CHANGELOG, repository / PROJECT
    text = dated(changelog.read_text(), version, day)
    changelog.write_text(text)
    project.write_text(_PROJECTS_VERSION.sub(f'version = "{version}"', project.read_text(), count=1))
    _git(repository, "commit", "--quiet", "--message", f"Release {version}", CHANGELOG, PROJECT)
    _git(repository, "tag", "--annotate", f"v{version}", "--message", f"Release {version}")


def _git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=repository, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotReleased(done.stderr.strip())
    return done.stdout


def main(given: Sequence[str]) -> int:
    """The command line: the version."""
    try:
        release(given[0], now().date())
    except NotReleased as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"Released {given[0]}. To publish it: git push --follow-tags")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
