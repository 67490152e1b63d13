"""The API's documentation as one page, without scripts: what the OpenAPI document says, to read."""

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #0b6bcb; }
@media (prefers-color-scheme: dark) { :root { --accent: #6db3f8; } }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.6rem } h2 { font-size: 1.15rem; margin: 2.5rem 0 .5rem; text-transform: capitalize }
code, pre { font: .9em/1.5 ui-monospace, monospace } a { color: var(--accent) }
nav { display: flex; flex-wrap: wrap; gap: .25rem .9rem }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .4rem 0; overflow-x: auto }
summary { cursor: pointer; padding: .5rem .75rem; display: flex; gap: .75rem; flex-wrap: wrap }
details > div { padding: 0 .75rem .75rem } details p { margin: .25rem 0 }
.method { font-weight: 600; min-width: 4rem; color: var(--accent) }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; padding: .25rem .5rem; vertical-align: top; border-bottom: 1px solid var(--line) }
.about { opacity: .75 } .type { white-space: pre-wrap }
"""


def docs_page(document: Mapping[str, Any]) -> str:
    """HTML of an OpenAPI document."""
    info = document["info"]
    by_tag: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            by_tag.setdefault(operation["tags"][0], []).append(_operation(document, path, method, operation))
    links = "".join(f'<a href="#{escape(tag)}">{escape(tag)}</a>' for tag in by_tag)
    sections = "".join(
        f'<h2 id="{escape(tag)}">{escape(tag.replace("_", " "))}</h2>{"".join(operations)}'
        for tag, operations in by_tag.items()
    )
    schemas = "".join(
        f'<details id="schema-{escape(name)}"><summary><code>{escape(name)}</code>'
        f'<span class="about">{escape(schema.get("description", ""))}</span></summary>'
        f"<div>{_fields(schema)}</div></details>"
        for name, schema in sorted(document["components"]["schemas"].items())
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(info['title'])} API</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(info['title'])} API <small>{escape(info['version'])}</small></h1>"
        f"<p>{_prose(info['description'])}</p>"
        '<p>The same for programs: <a href="openapi.json">openapi.json</a>.</p>'
        f'<nav>{links}<a href="#shapes">shapes</a></nav>{sections}'
        f'<h2 id="shapes">shapes</h2>{schemas}</body></html>'
    )


def _operation(document: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any]) -> str:
    roles = operation.get("x-roles")
    who = "Everybody, without a token." if roles is None else f"For {', '.join(roles)}."
    parts = [f"<p>{_prose(operation['description'])}</p>" if operation["description"] else "", f"<p>{who}</p>"]
    parameters = [_resolved(document, each) for each in operation["parameters"]]
    if parameters:
        rows = "".join(_row(each["name"], each["schema"], each["required"]) for each in parameters)
        parts.append(f"<table><tr><th>parameter</th><th>type</th><th></th><th></th></tr>{rows}</table>")
    if "requestBody" in operation:
        parts.append(f"<p>Body: {_type(_content(operation['requestBody']))}</p>")
    for status, response in operation["responses"].items():
        answer = _resolved(document, response)
        shape = f": {_type(_content(answer))}" if "content" in answer else ""
        parts.append(f"<p><code>{escape(status)}</code> {escape(answer['description'].rstrip('.'))}{shape}</p>")
    return (
        f'<details><summary><span class="method">{method.upper()}</span><code>{escape(path)}</code>'
        f'<span class="about">{_prose(operation["summary"])}</span></summary><div>{"".join(parts)}</div></details>'
    )


def _resolved(document: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    """A part of the document, or what it refers to."""
    if "$ref" not in part:
        return part
    _, _, kind, name = part["$ref"].split("/")
    found: Mapping[str, Any] = document["components"][kind][name]
    return found


def _prose(text: str) -> str:
    """Text with `code` in it, as HTML."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _content(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = next(iter(holder["content"].values()))["schema"]
    return schema


def _fields(schema: Mapping[str, Any]) -> str:
    required = schema.get("required", ())
    rows = "".join(_row(name, each, name in required) for name, each in schema.get("properties", {}).items())
    return f"<table>{rows}</table>" if rows else _type(schema)


def _row(name: str, schema: Mapping[str, Any], required: bool) -> str:
    note = "required" if required else ""
    about = escape(schema.get("description", ""))
    return (
        f'<tr><td><code>{escape(name)}</code></td><td class="type">{_type(schema)}</td>'
        f'<td>{note}</td><td class="about">{about}</td></tr>'
    )


def _type(schema: Mapping[str, Any]) -> str:
    """A schema in a line, as HTML; names of others are links."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#schema-{escape(name)}"><code>{escape(name)}</code></a>'
    if "allOf" in schema:
        return _type(schema["allOf"][0])
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(f"<code>{escape(str(each))}</code>" for each in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    limits = ", ".join(_limits(schema))
    return escape(str(schema.get("format") or schema.get("type", "anything"))) + (f" ({limits})" if limits else "")


def _limits(schema: Mapping[str, Any]) -> Iterator[str]:
    for low, high, unit in (("minLength", "maxLength", " characters"), ("minimum", "maximum", "")):
        if low in schema or high in schema:
            yield f"{schema.get(low, '…')}–{schema.get(high, '…')}{unit}"
