"""The figures of `make proof`: each part records its own, and this module writes them into docs/proof.md.

Parts run in several processes, so each figure is a file of its own.
"""

import hashlib
import shutil
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from chalicelib.core.clock import now
from tests.proof.extent import FULL

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / ".build" / "proof"
PAGE: Final = ROOT / "docs" / "proof.md"
BEGIN: Final = "<!-- figures: written by make proof -->"
END: Final = "<!-- end of figures -->"


class Figure(Struct, frozen=True, order=True):
    """part: of the proof, as docs/proof.md names it. what: with its unit, if it has one."""

    part: str
    what: str
    figure: str


def record(part: str, what: str, figure: float | str) -> None:
    """Stores a figure of a full proof; a later one of the same name replaces it."""
    if not FULL:
        return
    shown = figure if isinstance(figure, str) else f"{figure:,.0f}" if figure >= 100 else f"{figure:,.3g}"
    FOLDER.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(f"{part}\n{what}".encode()).hexdigest()[:16]
    (FOLDER / f"{name}.json").write_bytes(msgspec.json.encode(Figure(part, what, shown)))


def page_with(page: str, figures: list[Figure], day: str) -> str:
    """The page with this table in place of the former one. Raises ValueError without its markers."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    rows = [f"| {each.part} | {each.what} | {each.figure} |" for each in sorted(figures)]
    table = "\n".join(["| part | what | figure |", "|---|---|---|", *rows])
    return f"{before}{BEGIN}\nMeasured on {day}:\n\n{table}\n{END}{after}"


def main() -> None:
    figures = [msgspec.json.decode(path.read_bytes(), type=Figure) for path in FOLDER.glob("*.json")]
    PAGE.write_text(page_with(PAGE.read_text(), figures, now().date().isoformat()))
    shutil.rmtree(FOLDER)


if __name__ == "__main__":
    main()
