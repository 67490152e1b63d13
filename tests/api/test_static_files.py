"""What browsers get of the console and the realtime client: kept for a year under its digest, and nothing else."""

import json
import re
from typing import Any

import pytest

from chalicelib.api import static_files
from chalicelib.api.static_files import ROOT, files, version
from tests.api_client import ApiClient


def fetched(api: ApiClient, path: str, **headers: str) -> Any:
    return api.page("GET", path, headers)


def test_a_file_is_kept_for_a_year_under_the_digest_of_all_files(api: ApiClient) -> None:
    answer = fetched(api, f"/static/{version()}/realtime/realtime.js")
    assert answer.status_code == 200
    assert answer.body == (ROOT / "realtime" / "realtime.js").read_bytes()
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Access-Control-Allow-Origin"] == "*", "frontends elsewhere import it as a module"


def test_the_clients_types_can_be_downloaded_beside_it(api: ApiClient) -> None:
    package = json.loads(fetched(api, "/static/latest/realtime/package.json").body)
    for entry in package["exports"].values():
        for path in entry.values():
            assert fetched(api, f"/static/latest/realtime/{path.removeprefix('./')}").status_code == 200
    answer = fetched(api, "/static/latest/realtime/types/realtime.d.ts")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("other", ["latest", "0123456789abcdef"])
def test_under_any_other_version_it_is_asked_for_again_each_time(api: ApiClient, other: str) -> None:
    answer = fetched(api, f"/static/{other}/realtime/realtime.js")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "public, no-cache")
    again = fetched(api, f"/static/{other}/realtime/realtime.js", **{"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.body) == (304, b"")
    assert again.headers["ETag"] == answer.headers["ETag"]
    changed = fetched(api, f"/static/{other}/realtime/realtime.js", **{"If-None-Match": 'W/"x", W/"y"'})
    assert changed.status_code == 200


def test_the_service_worker_stands_before_the_console_and_no_other_file_before_any_page(api: ApiClient) -> None:
    header = "Service-Worker-Allowed"
    assert fetched(api, "/static/latest/console/offline-worker.js").headers[header] == "/api/console"
    assert header not in fetched(api, "/static/latest/console/start.js").headers


@pytest.mark.parametrize(
    "path",
    [
        "realtime/nothing.js",
        "realtime/..%2F..%2Fsettings.py",
        "..%2F/settings.py",
        "%2e%2e/%2e%2e/app.py",
        "console/index.html",
        "realtime/%00",
        "realtime/realtime.js/x",
        "a/b/c",
    ],
)
def test_what_is_no_file_of_ours_is_not_there(api: ApiClient, path: str) -> None:
    answer = api.get(f"/static/{version()}/{path}")
    assert (answer.status, answer.body["code"]) == (404, "not_found")


def test_another_content_is_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    known = dict(files())
    path, first = next(iter(known.items()))
    changed = {**known, path: static_files.File(f"{first.content} ", first.media_type, first.tag)}
    moved = {f"{name}x" if name == path else name: each for name, each in known.items()}
    digests = set()
    for each in (known, changed, moved):
        monkeypatch.setattr(static_files, "files", lambda each=each: each)
        digests.add(version.__wrapped__())
    assert len(digests) == 3


def test_every_module_imports_what_there_is_by_a_relative_path() -> None:
    for path, each in files().items():
        if not path.endswith(".js"):
            continue
        for specifier in re.findall(r'(?:from|import)\s*\(?\s*"([^"]+)"', _code(each.content)):
            if specifier == "react":
                # The hooks, which no page of ours loads.
                assert re.fullmatch(r"realtime/(react|use-[a-z-]+)\.js", path)
                continue
            found = (ROOT / path).parent.joinpath(specifier).resolve().relative_to(ROOT).as_posix()
            assert specifier.startswith("."), f"{path} imports {specifier}"
            assert found in files(), f"{path} imports {specifier}"


def test_every_file_has_a_type_or_is_a_page() -> None:
    on_disk = {path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.is_file()}
    unserved = {path for path in on_disk - files().keys() if not re.fullmatch(r"console/\w[\w-]*\.html", path)}
    assert unserved == set()


def _code(text: str) -> str:
    """Without comments: they name modules as well."""
    return re.sub(r"/\*.*?\*/|^\s*//.*?$", "", text, flags=re.DOTALL | re.MULTILINE)
