"""The browser's files: few, named by their content; each page refers to those that it needs."""

import html
import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.bundling import BundlingError, bundle
from infra.commands import run
from infra.packaging import ROOT

_SHARED = 'export const shared = (text) => document.title = "shared " + text;\n'
_SOURCES = {
    "console/_head.html": '<link rel="icon" href="{{static}}/console/icon.svg" />\n'
    '<script src="{{static}}/console/early.js"></script>',
    "console/icon.svg": '<svg xmlns="http://www.w3.org/2000/svg" fill="#fff" />',
    "console/early.js": "// says why\n(function () { document.documentElement.lang = 'en'; })();",
    "console/index.html": '{{head}}<script type="module" src="{{static}}/console/start.js"></script>',
    "console/start.js": 'import { base } from "./base.js"; import "./start.css"; base();\n'
    'export const pages = [() => import("./one.js"), () => import("./two.js"), () => import("./three.js")];',
    "console/start.css": "body { color: red; }",
    "console/base.js": 'export const base = () => document.title = "base";',
    "console/one.js": 'import { base } from "./base.js"; import { shared } from "./shared.js";\n'
    'import { other } from "./other.js"; import "./one.css"; base(); shared("one"); other();',
    "console/one.css": "h1 { color: green; }",
    "console/two.js": 'import { shared } from "./shared.js"; shared("two");',
    "console/three.js": 'import { shared } from "./shared.js"; import { other } from "./other.js";\n'
    'shared("three"); other();',
    "console/shared.js": _SHARED,
    "console/other.js": 'export const other = () => document.title = "other";',
    "console/track.html": '{{head}}<script type="module" src="{{static}}/console/track/start.js"></script>',
    "console/track/start.js": 'import { base } from "../base.js"; import { shared } from "../shared.js";\n'
    'base(); shared("track");',
    "console/offline-worker.js": 'self.addEventListener("install", () => self.skipWaiting());',
    "realtime/package.json": '{"type": "module", "exports": {".": {"default": "./realtime.js"}, '
    '"./react": {"default": "./react.js"}}}',
    "realtime/realtime.js": 'export { backoff } from "./backoff.js";',
    "realtime/react.js": 'import { useState } from "react"; import { backoff } from "./backoff.js"; '
    "export const use = () => useState(backoff);",
    "realtime/backoff.js": "export const backoff = (n) => 2 ** n;",
    "realtime/types/realtime.d.ts": "export declare const backoff: (n: number) => number;",
}


def built(tmp_path: Path, **changed: str) -> Path:
    """The files and pages of a small console, with other sources for some."""
    static = tmp_path / "static"
    for path, content in {**_SOURCES, **changed}.items():
        target = static / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
    bundle(static, tmp_path / "out", run)
    return tmp_path / "out"


def names(out: Path) -> set[str]:
    """Files without their source maps."""
    found = {path.relative_to(out / "files").as_posix() for path in out.glob("files/**/*") if path.is_file()}
    return {path for path in found if not path.endswith(".map")}


def lazily(out: Path) -> Mapping[str, list[str]]:
    """The lazily loaded modules in the console's page."""
    found = re.search('<meta name="files" content="([^"]+)"', (out / "pages" / "index.html").read_text())
    assert found
    files: Mapping[str, list[str]] = json.loads(html.unescape(found[1]))
    return files


def loaded(page: str) -> list[str]:
    """The files that a page names in tags, in order."""
    return re.findall(r'(?:src|href)="\{\{static\}\}/([^"]+)"', page)


def test_every_name_has_a_hash_but_those_that_others_have_written_down(tmp_path: Path) -> None:
    hashed = {path for path in names(built(tmp_path)) if re.search(r"-[A-Z0-9]{8}\.(js|css)$", path)}
    assert names(tmp_path / "out") - hashed == {
        "latest/console/offline-worker.js",
        "latest/licences/swagger-ui-dist.txt",
        "latest/realtime/package.json",
        "latest/realtime/react.js",
        "latest/realtime/realtime.js",
        "latest/realtime/types/realtime.d.ts",
    }


def test_a_lazy_module_costs_its_own_files_and_one_that_all_share(tmp_path: Path) -> None:
    found = lazily(built(tmp_path))
    assert set(found) == {"console/one.js", "console/two.js", "console/three.js"}
    # Modules that start.js needs too are loaded already; one.js has styles.
    start = set(loaded((tmp_path / "out" / "pages" / "index.html").read_text()))
    files = {name: set(found[f"console/{name}.js"]) - start for name in ("one", "two", "three")}
    assert {name: len(each) for name, each in files.items()} == {"one": 3, "two": 2, "three": 2}
    assert len(files["one"] & files["two"] & files["three"]) == 1
    assert {each for files in found.values() for each in files} <= names(tmp_path / "out")
    assert [each for each in found["console/one.js"] if each.endswith(".css")] == found["console/one.js"][:1]


def test_modules_that_a_page_and_its_lazy_modules_share_are_one_file(tmp_path: Path) -> None:
    early = {"console/early-words.js": 'export const words = () => document.title = "words";'}
    start = f'import {{ words }} from "./early-words.js"; words();\n{_SOURCES["console/start.js"]}'
    one = f'import {{ words }} from "./early-words.js"; words();\n{_SOURCES["console/one.js"]}'
    two = f'import {{ base }} from "./base.js"; base();\n{_SOURCES["console/two.js"]}'
    out = built(tmp_path, **early, **{"console/start.js": start, "console/one.js": one, "console/two.js": two})
    assert [path.partition("/")[0] for path in loaded((out / "pages" / "index.html").read_text())] == [
        "console",
        "chunks",
        "console",
    ]


def test_styles_are_those_of_the_page_and_cost_no_script(tmp_path: Path) -> None:
    both = {"console/two.js": f'import "./one.css";\n{_SOURCES["console/two.js"]}'}
    out = built(tmp_path, **both)
    found = lazily(out)
    start, *_ = loaded((out / "pages" / "index.html").read_text())
    sheets = {
        name: "".join((out / "files" / path).read_text() for path in paths if path.endswith(".css"))
        for name, paths in {**found, "start": [start]}.items()
    }
    written = {name: set(re.findall("red|green", content)) for name, content in sheets.items()}
    assert written == {
        "start": {"red"},
        "console/one.js": {"green"},
        "console/two.js": {"green"},
        "console/three.js": set(),
    }
    assert len(found["console/two.js"]) == len(found["console/three.js"]) + 1


def test_a_page_names_its_styles_and_all_that_its_script_imports(tmp_path: Path) -> None:
    out = built(tmp_path)
    page = (out / "pages" / "index.html").read_text()
    styles, imported, script = loaded(page)
    assert re.fullmatch(r"console/start-\w{8}\.css", styles)
    assert re.fullmatch(r"chunks/[\w-]+\.js", imported)
    assert re.fullmatch(r"console/start-\w{8}\.js", script)
    assert f'<link rel="modulepreload" href="{{{{static}}}}/{imported}" />' in page
    assert {styles, imported, script} <= names(out)


def test_a_page_that_loads_nothing_lazily_is_one_script(tmp_path: Path) -> None:
    page = (built(tmp_path) / "pages" / "track.html").read_text()
    [script] = loaded(page)
    assert re.fullmatch(r"console/track/start-\w{8}\.js", script)
    assert "import" not in (tmp_path / "out" / "files" / script).read_text()


def test_scripts_before_the_first_paint_and_the_icon_are_in_the_page(tmp_path: Path) -> None:
    head = (built(tmp_path) / "pages" / "_head.html").read_text()
    assert loaded(head) == []
    assert "says why" not in head
    assert '<script>(function(){document.documentElement.lang="en"})();</script>' in head
    assert 'href="data:image/svg+xml,%3Csvg' in head


def test_a_change_to_one_page_leaves_the_files_of_all_others_as_they_are(tmp_path: Path) -> None:
    before = names(built(tmp_path))
    after = names(built(tmp_path, **{"console/two.js": f'{_SOURCES["console/two.js"]} shared("more");'}))
    gone = sorted(path.rpartition("-")[0] for path in before - after)
    # start.js names the file of two.js.
    assert gone == ["chunks/two", "console/start"]
    assert names(built(tmp_path)) == before


def test_the_drop_in_client_never_mixes_two_versions(tmp_path: Path) -> None:
    built(tmp_path)
    client = tmp_path / "out" / "files" / "latest" / "realtime"
    imported = {
        path: re.findall(r'from ?"([^"]+)"', (client / path).read_text()) for path in ("realtime.js", "react.js")
    }
    [chunk] = imported["realtime.js"]
    assert re.fullmatch(r"\.\./\.\./chunks/[\w-]+\.js", chunk)
    assert imported["react.js"] == [chunk, "react"] or imported["react.js"] == ["react", chunk]


def test_the_error_message_is_esbuilds(tmp_path: Path) -> None:
    with pytest.raises(BundlingError, match=r"console/one\.js:1:\d+: ERROR|one\.js"):
        built(tmp_path, **{"console/one.js": 'import { shared } from "./no-such-file.js"; shared("one");'})


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The browser's files of this project."""
    out = tmp_path_factory.mktemp("bundles")
    bundle(ROOT / "chalicelib" / "static", out, run)
    return out


def test_every_page_of_the_console_comes_in_few_files(console: Path) -> None:
    assert {module: files for module, files in lazily(console).items() if len(files) > 5} == {}


def test_all_files_that_the_pages_name_exist(console: Path) -> None:
    pages = [path.read_text() for path in console.glob("pages/*.html")]
    named = {path for page in pages for path in loaded(page)}
    assert named | {each for files in lazily(console).values() for each in files} <= names(console)


def test_the_api_viewer_is_loaded_by_its_own_page_alone_and_comes_with_its_licences(console: Path) -> None:
    large = {path for path in names(console) if (console / "files" / path).stat().st_size > 300_000}
    assert [path.rpartition("-")[0] for path in large] == ["console/api-viewer/start"]
    licences = (console / "files" / "latest" / "licences" / "swagger-ui-dist.txt").read_text()
    assert {"Apache License", "SmartBear Software", "MIT License"} <= set(
        re.findall("Apache License|SmartBear Software|MIT License", licences)
    )


def test_every_file_comes_with_its_source_map(console: Path) -> None:
    files = console / "files"
    without = {path for path in names(console) if not (files / f"{path}.map").exists()}
    assert {path for path in without if path.endswith((".js", ".css"))} == set()
    sources = json.loads(next(files.glob("console/start-*.js.map")).read_text())["sources"]
    assert any(source.endswith("chalicelib/static/console/start.js") for source in sources)


def test_browsers_without_modules_can_run_the_notice(console: Path) -> None:
    page = (console / "pages" / "_head.html").read_text()
    [script] = re.findall(r"<script>(.+)</script>", page, re.DOTALL)
    assert "This browser is too old" in script
    assert not re.search(r"=>|`|\?\.|\?\?|catch ?\{|\b(let|const|class)\b", script)
