"""The program and system in a `User-Agent`, such as `Chrome on Windows`. From a fixed set, so it may be logged."""

from typing import Final

UNKNOWN: Final = "unknown"

# The first match counts. Most browsers also name other ones, so the rarer ones come first.
# https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/User-Agent
_CLIENTS: Final = (
    ("Line/", "LINE"),
    ("FBAN/", "Facebook"),
    ("FBAV/", "Facebook"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("okhttp/", "okhttp"),
    ("Dart/", "Dart"),
    ("CFNetwork/", "CFNetwork"),
    ("axios/", "axios"),
    ("node", "Node.js"),
    ("curl/", "curl"),
    ("python", "Python"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def family(user_agent: str | None) -> str:
    """The program and its system, the program alone, or `unknown`."""
    client, system = _first(user_agent, _CLIENTS), _first(user_agent, _SYSTEMS)
    return " on ".join(filter(None, (client, system))) or UNKNOWN


def _first(user_agent: str | None, names: tuple[tuple[str, str], ...]) -> str | None:
    return next((name for mark, name in names if mark in (user_agent or "")), None)
