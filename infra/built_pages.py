"""Makes the pages for the API function, with the names of built files in place of sources."""

import json
import os
import re
from collections.abc import Collection, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import quote

from infra.module_graph import Metafile

_MODULE: Final = re.compile(r'<script type="module" src="\{\{static\}\}/([^"]+)"></script>')
_INLINE: Final = re.compile(r'<script src="\{\{static\}\}/([^"]+)"></script>')
_ICON: Final = re.compile(r'href="\{\{static\}\}/([^"]+\.svg)"')


def scripts_of(page: str) -> tuple[set[str], set[str]]:
    """The modules that a page's source loads, and its inline scripts."""
    return set(_MODULE.findall(page)), set(_INLINE.findall(page))


class BuiltScript:
    """The files of one script. Paths are relative: of sources to `static`, of files to `files`."""

    def __init__(self, static: Path, files: Path, metafile: Metafile, sheets: Mapping[str, str]) -> None:
        def below(path: str) -> str:
            return Path(os.path.relpath(static / path, files)).as_posix()

        self._sheets = sheets
        self._imports: dict[str, Sequence[str]] = {}
        self._entries: dict[str, str] = {}
        for path, output in metafile["outputs"].items():
            self._imports[below(path)] = [
                below(each["path"]) for each in output["imports"] if each["kind"] == "import-statement"
            ]
            if "entryPoint" in output:
                self._entries[output["entryPoint"]] = below(path)

    def files(self, entry: str) -> list[str]:
        """The files of an entry point: its style sheet, what its script imports, and the script, in this order."""
        script = self._entries[entry]
        imported: set[str] = set()
        waiting = {script}
        while waiting:
            imported |= waiting
            waiting = {each for path in waiting for each in self._imports[path]} - imported
        styles = [self._sheets[entry]] if entry in self._sheets else []
        return [*styles, *sorted(imported - {script}), script]


class PageBuilder:
    """Makes served pages of sources."""

    def __init__(
        self, built: Mapping[str, BuiltScript], inlined: Path, static: Path, lazy: Mapping[str, Collection[str]]
    ) -> None:
        self._built = built
        self._inlined = inlined
        self._static = static
        self._lazy = lazy

    def build(self, source: str) -> str:
        """The page with the built files in place of the sources."""
        page = _MODULE.sub(lambda found: self._module(found[1]), source)
        page = _INLINE.sub(lambda found: f"<script>{self._script(found[1])}</script>", page)
        return _ICON.sub(lambda found: f'href="{self._icon(found[1])}"', page)

    def _module(self, entry: str) -> str:
        *before, script = self._built[entry].files(entry)
        tags = []
        if lazy := self._lazy[entry]:
            files = {each: self._built[entry].files(each) for each in sorted(lazy)}
            tags.append(f'<meta name="files" content="{escape(json.dumps(files, separators=(",", ":")))}" />')
        for path in before:
            kind = "stylesheet" if path.endswith(".css") else "modulepreload"
            tags.append(f'<link rel="{kind}" href="{{{{static}}}}/{path}" />')
        tags.append(f'<script type="module" src="{{{{static}}}}/{script}"></script>')
        return "\n    ".join(tags)

    def _script(self, path: str) -> str:
        return (self._inlined / path).read_text(encoding="utf-8").strip()

    def _icon(self, path: str) -> str:
        return "data:image/svg+xml," + quote((self._static / path).read_text(encoding="utf-8").strip())
