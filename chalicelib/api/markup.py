"""HTML elements whose text is always escaped; `h` works like `h` of the console's dom.js."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Final

_EMPTY: Final = frozenset({"meta"})


class Markup(str):
    """HTML. `h` escapes any other text."""

    __slots__ = ()


Child = str | None
Attribute = str | bool | None


def h(tag: str, attributes: Mapping[str, Attribute] | None = None, *children: Child) -> Markup:
    """An element. An attribute that is True has no value; those that are False or None and children that are None
    are left out.
    """
    written = "".join(
        f" {name}" if value is True else f' {name}="{escape(value)}"'
        for name, value in (attributes or {}).items()
        if value is not None and value is not False
    )
    return Markup(f"<{tag}{written}>" if tag in _EMPTY else f"<{tag}{written}>{joined(children)}</{tag}>")


def joined(children: Iterable[Child]) -> Markup:
    """The children one after the other, without an element around them."""
    return Markup(
        "".join(child if isinstance(child, Markup) else escape(child) for child in children if child is not None)
    )
