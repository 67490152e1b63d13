"""The console's pages: the same for all users, with a policy that allows only our own files."""

import re
from typing import Any

import pytest

from chalicelib.api.console import pages
from chalicelib.api.page_headers import page_headers, policy
from chalicelib.core.settings import settings
from infra.packaging import ROOT
from tests.api_client import ApiClient

STATIC = ROOT / "chalicelib" / "static"


def opened(api: ApiClient, path: str, **headers: str) -> Any:
    return api.page("GET", path, headers)


def test_a_page_names_its_files_and_where_the_apis_are(api: ApiClient) -> None:
    answer = opened(api, "/console")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    text = answer.body.decode()
    assert "/api/static/console/" in text
    assert "wss://socket.gas.example/api" in text
    assert "{{" not in text


def test_a_page_is_asked_for_again_each_time_and_sent_when_it_has_changed(api: ApiClient) -> None:
    answer = opened(api, "/console")
    assert answer.headers["Cache-Control"] == "no-cache"
    again = opened(api, "/console", **{"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.body) == (304, b"")
    assert "Content-Security-Policy" in again.headers


def test_nothing_but_our_own_files_the_socket_the_map_and_uploads_may_be_reached(api: ApiClient) -> None:
    headers = opened(api, "/console").headers
    assert headers["Content-Security-Policy"].split("; ") == [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: https://*.tiles.example",
        "connect-src 'self' wss://socket.gas.example"
        " https://luckygas-test-proof-123456789012-ap-northeast-1.s3.ap-northeast-1.amazonaws.com"
        f" https://{settings().import_bucket}.s3.ap-northeast-1.amazonaws.com",
        "worker-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    ]
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_pages_may_ask_for_position_and_camera_alone(api: ApiClient) -> None:
    headers = opened(api, "/console").headers
    assert headers["Permissions-Policy"] == "geolocation=(self), camera=(self), microphone=()"


def test_without_tiles_only_our_own_pictures_are_shown() -> None:
    from msgspec.structs import replace

    assert "img-src 'self' data:; " in policy(replace(settings(), map_tiles=""))


def test_a_script_in_the_page_runs_only_as_it_was_deployed() -> None:
    # The example of https://www.w3.org/TR/CSP2/#script-src-hash-usage
    allowed = "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
    page = '<script>alert(\'Hello, world.\');</script><script type="module" src="/x.js"></script>'
    assert f"script-src 'self' {allowed};" in page_headers(page)["Content-Security-Policy"]


@pytest.mark.parametrize("name", sorted(pages()))
def test_a_page_runs_only_scripts_with_its_hash_has_no_style_and_loads_existing_files(name: str) -> None:
    text = pages()[name]
    scripts = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", text)
    assert page_headers(text)["Content-Security-Policy"].count("'sha256-") == len(scripts)
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text)
    loaded = re.findall('"/api/static/([^"]+)"', text)
    assert loaded
    assert [path for path in loaded if not (STATIC / path).is_file()] == []


@pytest.mark.parametrize("name", ["track", "table"])
def test_a_guests_page_at_its_former_address_waits_for_its_script(api: ApiClient, name: str) -> None:
    text = opened(api, f"/console/{name}").body.decode()
    assert re.search('<div id="root"><noscript>[^<]*</noscript></div>', text)
    assert "{{" not in text


@pytest.mark.parametrize("path", ["/console/nothing", "/console/index.html", "/console/..%2Findex"])
def test_another_page_is_not_there(api: ApiClient, path: str) -> None:
    answer = api.get(path)
    assert (answer.status, answer.body["code"]) == (404, "not_found")
