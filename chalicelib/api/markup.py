"""HTML that the server writes: elements, escaped by construction, as `h` of the console's dom.js makes them."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Final

_EMPTY: Final = frozenset({"meta"})


class Markup(str):
    """HTML. Any other text is escaped before it becomes part of one."""

    __slots__ = ()


Child = str | None
Attribute = str | bool | None


def h(tag: str, attributes: Mapping[str, Attribute] | None = None, *children: Child) -> Markup:
    """An element. An attribute that is True has no value; False and None leave it out, as None does a child."""
    written = "".join(
        f" {name}" if value is True else f' {name}="{escape(value)}"'
        for name, value in (attributes or {}).items()
        if value is not None and value is not False
    )
    return Markup(f"<{tag}{written}>" if tag in _EMPTY else f"<{tag}{written}>{joined(children)}</{tag}>")


def joined(children: Iterable[Child]) -> Markup:
    """One after the other."""
    return Markup(
        "".join(child if isinstance(child, Markup) else escape(child) for child in children if child is not None)
    )
