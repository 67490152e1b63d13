"""The imports of the browser's modules, from esbuild's metafile (https://esbuild.github.io/api/#metafile)."""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

Metafile = Mapping[str, Any]


class ModuleGraph:
    """Modules and styles by their paths in `chalicelib/static`."""

    def __init__(self, metafile: Metafile) -> None:
        self._inputs: Mapping[str, Any] = metafile["inputs"]

    def lazy(self, script: str) -> set[str]:
        """All modules that a script imports lazily, directly or through other lazy modules."""
        found: set[str] = set()
        waiting = {script}
        while waiting:
            modules = set().union(*(self._needed(each) for each in waiting))
            waiting = set().union(*(self._imports(each, "dynamic-import") for each in modules)) - found
            found |= waiting
        return found

    def shared(self, script: str, lazy: Collection[str]) -> list[str]:
        """The modules that two or more of the script and its lazy modules need."""
        entries = {script, *lazy}
        count = Counter(each for entry in entries for each in self._needed(entry) - entries)
        needed = set().union(*(self._needed(each) for each in lazy))
        return sorted(each for each in needed if count[each] > 1 and each.endswith(".js"))

    def styles(self, path: str) -> list[str]:
        """The style sheets that a module needs, in the order of its imports."""
        return self._styles(path, set())

    def _styles(self, path: str, seen: set[str]) -> list[str]:
        if path in seen:
            return []
        seen.add(path)
        if path.endswith(".css"):
            return [path]
        imported = self._imports(path, "import-statement")
        return [found for each in imported for found in self._styles(each, seen)]

    def _needed(self, path: str) -> set[str]:
        """The module and all its direct and indirect imports."""
        found: set[str] = set()
        waiting = {path}
        while waiting:
            found |= waiting
            waiting = set().union(*(self._imports(each, "import-statement") for each in waiting)) - found
        return found

    def _imports(self, path: str, kind: str) -> list[str]:
        return [each["path"] for each in self._inputs[path]["imports"] if each["kind"] == kind]
