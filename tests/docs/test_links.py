"""Every relative link of a document leads to a file, and every anchor to a heading of it."""

import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from infra.packaging import ROOT

DOCUMENTS: Final = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_CODE_BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]+`")
# [text](target) and [text](target "title"), <img src="target"> and <a href="target">.
_LINK = re.compile(r"\]\(([^)\s]+)[^)]*\)|(?:src|href)=\"([^\"]+)\"")
# References to documents in code: `docs/api.md`, `docs/api.md#steps`, not `docs/operations.md#{rule}`.
_MENTION = re.compile(r"(?<![\w/.])docs/([\w./-]+\.(?:md|yaml))(?:#([\w-]+)(?!\{))?")
# `infra/edge.py`, `chalicelib/static/`, and `orders/status.py` of chalicelib or `shared/api.js` of the console.
_PATH = re.compile(r"`((?:chalicelib|infra|tests|docs)/[\w./-]*\w|[\w-]+/[\w/-]+\.(?:py|js|css))/?`")
_FOLDERS: Final = (
    ROOT,
    ROOT / "chalicelib",
    ROOT / "chalicelib" / "static" / "console",
    ROOT / "tests" / "browser",
)


@cache
def anchors(document: Path) -> frozenset[str]:
    """The anchors that GitHub gives the headings of a document."""
    text = _CODE_BLOCK.sub("", document.read_text())
    found: list[str] = []
    for heading in re.findall(r"^#{1,6} +(.*?) *#*$", text, re.MULTILINE):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        found.append(f"{anchor}-{found.count(anchor)}" if anchor in found else anchor)
    return frozenset([*found, *re.findall(r'(?:id|name)="([^"]+)"', text)])


def broken(document: Path, text: str) -> list[str]:
    """The links of a text that lead nowhere; document: the file that the text is of."""
    prose = _CODE.sub("", _CODE_BLOCK.sub("", text))
    targets = [markdown or html for markdown, html in _LINK.findall(prose)]
    return [target for target in targets if not _resolves(document, target)]


def _resolves(document: Path, target: str) -> bool:
    if re.match(r"[a-z]+:", target):
        return True
    path, _, anchor = target.partition("#")
    file = (document.parent / path).resolve() if path else document
    if not file.is_relative_to(ROOT) or not file.exists():
        return False
    return not anchor or (file.suffix == ".md" and anchor in anchors(file))


def test_every_link_leads_somewhere() -> None:
    found = {str(document): broken(document, document.read_text()) for document in DOCUMENTS}
    assert {document: links for document, links in found.items() if links} == {}


def test_every_file_that_a_document_names_exists() -> None:
    missing = [
        f"{document}: {path}"
        for document in DOCUMENTS
        for path in _PATH.findall(_CODE_BLOCK.sub("", document.read_text()))
        if not any((folder / path).exists() for folder in _FOLDERS)
    ]
    assert missing == []


@pytest.mark.parametrize(
    "link",
    [
        "[a](no-such-file.md)",
        "[a](api.md#no-such-heading)",
        "[a](#no-such-heading)",
        '<img src="images/none.png">',
    ],
)
def test_a_broken_link_is_found(link: str) -> None:
    assert len(broken(ROOT / "docs" / "protocol.md", link)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "[a](api.md#steps)",
        "[a](#never-miss)",
        "[a](https://example.com/none)",
        "`[a](none.md)`",
        "![a](images/map.png)",
    ],
)
def test_a_link_with_a_target_is_no_problem(text: str) -> None:
    assert broken(ROOT / "docs" / "protocol.md", text) == []


@pytest.mark.parametrize("folder", ["chalicelib", "infra", "tests"])
def test_every_document_that_code_mentions_exists(folder: str) -> None:
    broken_mentions = [
        f"{source.relative_to(ROOT)}: {mention[0]}"
        for source in _sources(ROOT / folder)
        for mention in _MENTION.finditer(source.read_text())
        if not _mentioned(mention)
    ]
    assert broken_mentions == []


def _sources(folder: Path) -> list[Path]:
    return [
        path
        for path in folder.rglob("*")
        if path.suffix in (".py", ".js", ".json", ".html", ".css")
        and not {"node_modules", "vendor", "asyncapi-3.0.0"} & set(path.parts)
        and path != Path(__file__)
    ]


def _mentioned(mention: re.Match[str]) -> bool:
    file = ROOT / "docs" / mention[1]
    return file.exists() and (mention[2] is None or mention[2] in anchors(file))
