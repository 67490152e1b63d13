"""Programs and systems, recognised by their `User-Agent`."""

import pytest

from chalicelib.core.user_agents import family

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/131.0 Safari/537.36", "Chrome on Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0) {_WEBKIT} Chrome/131.0 Safari/537.36 Edg/131.0", "Edge on Windows"),
        (f"Mozilla/5.0 (Linux; Android 14) {_WEBKIT} Chrome/131.0 Mobile Safari/537.36", "Chrome on Android"),
        (
            f"Mozilla/5.0 (Linux; Android 14) {_WEBKIT} SamsungBrowser/26.0 Chrome/122.0",
            "Samsung Internet on Android",
        ),
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) {_WEBKIT} Safari/604.1", "Safari on iPhone"),
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) {_WEBKIT} Safari Line/14.1", "LINE on iPhone"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:132.0) Gecko/20100101 Firefox/132.0",
            "Firefox on macOS",
        ),
        ("okhttp/4.12.0", "okhttp"),
        ("python-requests/2.32", "Python"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "Linux"),
        ("\x1b[31m<script>瓦斯", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_program_is_named_with_its_system(sent: str | None, name: str) -> None:
    assert family(sent) == name
