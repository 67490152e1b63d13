"""docs/troubleshooting.md quotes messages as the code has them."""

import re
from functools import cache

import pytest

from infra.packaging import ROOT

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text()
# Messages of pip, the file system and Chalice.
FOREIGN = {
    "THESE PACKAGES DO NOT MATCH THE HASHES",
    "No space left on device",
    "Could not install dependencies",
    "Unable to load IAM policy file",
}


@cache
def _sources() -> str:
    """All text of the code that prints messages; literals that go on in the next line are joined."""
    files = [ROOT / "Makefile", *(ROOT / "infra").rglob("*.py"), *(ROOT / "chalicelib" / "static").rglob("*.js*")]
    files += [each for each in (ROOT / "tests").rglob("*.py") if each.name != "test_troubleshooting.py"]
    text = "\n".join(each.read_text() for each in files if "node_modules" not in each.parts)
    return re.sub(r'"\s*f?"', "", text)


def _quoted() -> list[str]:
    """The parts between `…` of messages that an entry begins with."""
    cells = re.findall(r"^- ((?:`[^`]+`|[^`:])+): ", PAGE, re.MULTILINE)
    messages = [each for cell in cells for each in re.findall(r"`([^`]+)`", cell)]
    parts = [part.strip(" ,.:") for each in messages for part in each.split("…")]
    return [
        part for part in parts if re.match(r"\w+ \w", part) and not part.startswith(("make ", "GET ", "assert "))
    ]


@pytest.mark.parametrize("message", _quoted())
def test_a_quoted_message_is_in_the_code(message: str) -> None:
    found = message in FOREIGN or message in _sources()
    assert found, message
