"""docs/asyncapi.yaml, which `make asyncapi` writes.

Keys, roles, words, enumerations and limits come from the code, examples of events from the samples, and all else
from asyncapi_texts.yaml.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, get_args

import msgspec
import yaml
from msgspec import structs

from chalicelib.core.clock import from_wire
from chalicelib.realtime.closing import REASONS, closing_message
from chalicelib.realtime.formats import VOCABULARIES, render
from chalicelib.realtime.server_messages import SERVER_MESSAGES, Error, type_of
from chalicelib.sockets.answers import ANSWERS
from chalicelib.sockets.connect import CLIENTS
from tests.docs.asyncapi_schemas import (
    ROLES,
    TEXTS,
    Schema,
    described_object,
    keys_of_objects,
    objects,
    simple_schemas,
    special_fields,
)
from tests.docs.samples import AT, CHANNELS, EVENT_TYPES, ROUTE, sample_event, sample_welcome

PATH: Final = Path(__file__).parents[2] / "docs" / "asyncapi.yaml"
_HEAD: Final = (
    "# AsyncAPI 3.0. `make asyncapi` writes this file from the code and tests/docs/asyncapi_texts.yaml.\n"
)

_ENVELOPE: Final = ("type", "id", "timestamp", "cursors")

# The fields of each type of event. Guests receive another form of an order than staff.
_DATA: Final[Mapping[str, Sequence[str]]] = {
    "order_created": ("Order", "GuestOrder"),
    "order_status_changed": ("Step",),
    "order_updated": ("Order", "GuestOrder"),
    "route_assigned": ("Route",),
    "route_updated": ("Route",),
    "driver_location": ("Position",),
    "delivery_update": ("DeliveryUpdate",),
    "notification": ("Notification",),
}


def document() -> Schema:
    """The whole document, as JSON values."""
    messages = {**_client_messages(), **_server_messages(), **_welcomes(), **_event_messages()}
    socket = TEXTS["socket"]
    query = socket["bindings"]["ws"]["query"]["properties"]
    query["client"]["enum"], query["format"]["enum"] = list(CLIENTS), list(VOCABULARIES)
    on_socket = {name: {"$ref": f"#/components/messages/{name}"} for name in messages}
    return {
        **TEXTS["document"],
        "channels": {"socket": {**socket, "messages": on_socket}},
        "operations": {**_receive(), **_send()},
        "components": {
            "messages": messages,
            "schemas": {**simple_schemas(), **objects()},
            "securitySchemes": TEXTS["securitySchemes"],
        },
    }


def text() -> str:
    """The text of the file."""
    body = msgspec.to_builtins(document())
    return _HEAD + yaml.dump(
        body, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=115, default_flow_style=None
    )


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _receive() -> Schema:
    """The messages of clients, with the answers."""
    return {
        (name := _camel(type_)): {
            **_operation("receive", name, [name]),
            "x-roles": [role for role in ROLES if role in answer.roles],
            "reply": _on_socket([_name_of(answer.reply), _name_of(Error)]),
        }
        for type_, answer in ANSWERS.items()
    }


def _send() -> Schema:
    """The messages that the server sends on its own."""
    sent = {"welcome": [f"{format_}Welcome" for format_ in VOCABULARIES]}
    for format_ in VOCABULARIES:
        sent[f"send{format_.capitalize()}"] = list(dict.fromkeys(_names(format_).values()))
    answers = {Error, *(answer.reply for answer in ANSWERS.values())}
    sent["tell"] = [_name_of(each) for each in SERVER_MESSAGES if each not in answers]
    return {name: _operation("send", name, messages) for name, messages in sent.items()}


def _operation(action: str, name: str, messages: Sequence[str]) -> Schema:
    return {"action": action, "summary": TEXTS["operations"][name], **_on_socket(messages)}


def _on_socket(messages: Sequence[str]) -> Schema:
    references = [{"$ref": f"#/channels/socket/messages/{name}"} for name in messages]
    return {"channel": {"$ref": "#/channels/socket"}, "messages": references}


def _client_messages() -> Schema:
    found = {}
    for type_, answer in ANSWERS.items():
        name = _camel(type_)
        texts = {"summary": TEXTS["operations"][name], **TEXTS["client"][name]}
        fields = {each.name: each.required for each in structs.fields(answer.shape)}
        # A struct's own fields, then those of the struct that it extends.
        ordered = dict.fromkeys((*answer.shape.__annotations__, *fields))
        found[name] = _message(
            name, type_, [*(key if fields[key] else f"{key}?" for key in ordered), "ref?"], texts
        )
    return found


def _server_messages() -> Schema:
    """Answers, and the server's notices before it acts."""
    closing = {
        "fields": {"code": {"enum": list(REASONS)}},
        "examples": {"tokenExpired": closing_message("token_expired", from_wire(AT))},
    }
    texts = TEXTS["server"] | {"closing": TEXTS["server"]["closing"] | closing}
    return {
        (name := _name_of(each)): _message(name, type_of(each), _keys_of(each), _texts_of(each, texts[name]))
        for each in SERVER_MESSAGES
    }


def _name_of(shape: type) -> str:
    """A shape's name in the document."""
    return shape.__name__[0].lower() + shape.__name__[1:]


def _keys_of(shape: Any) -> list[str]:
    """The keys of a message but `type`; `ref` is the last."""
    keys = [f"{key}?" if key in shape.__optional_keys__ else key for key in shape.__annotations__ if key != "type"]
    return sorted(keys, key=lambda key: key == "ref?")


def _texts_of(shape: type, texts: Schema) -> Schema:
    """The texts of a message, and the codes that its shape names."""
    code = shape.__annotations__.get("code", str)
    return texts if code is str else texts | {"fields": {"code": {"const": get_args(code)[0]}}}


def _welcomes() -> Schema:
    found = {}
    for format_ in VOCABULARIES:
        name, example = f"{format_}Welcome", sample_welcome(format_)
        fields = {key: {"const": example[key]} for key in ("status", "message") if key in example}
        texts = {"fields": fields | {"data": "Connection"}, "examples": {"welcome": example}}
        found[name] = _message(name, example["type"], list(example)[1:], texts)
    return found


def _event_messages() -> Schema:
    found = {}
    for format_ in VOCABULARIES:
        names = _names(format_)
        for name in dict.fromkeys(names.values()):
            if name.startswith(format_):
                found[name] = _event_message(format_, name, [each for each in names if names[each] == name])
    return found


def _event_message(format_: str, name: str, types: Sequence[str]) -> Schema:
    """types: of the events that the message tells of."""
    examples = {type_: _example(type_, format_) for type_ in types}
    first, described = examples[types[0]], _DATA.get(types[0], ())
    keys = [key for key in first if key not in _ENVELOPE]
    fields: Schema = {"id": {"type": "string", "description": "The same when the event comes again."}}
    if format_ == "standard":
        fields["data"] = {"anyOf": [*described]} if len(described) > 1 else (*described, "object")[0]
    elif format_ == "restaurant":
        fields["order"] = {"anyOf": ["RestaurantOrder", "RestaurantGuestOrder"]}
    elif "products" in first:
        fields |= TEXTS["flatOrder"]
    else:
        keys = [key for each in described for key in keys_of_objects()[each] if key != "timestamp?"]
        fields |= {key: value for each in described for key, value in special_fields(each).items()}
    if "previous_status" in keys:
        keys[keys.index("previous_status")] += "?"
    if not described:
        fields["type"] = "CustomType"
    # Only orders can be too large for a message.
    large = ["truncated?"] if first.keys() & {"order", "products"} or "Order" in described else []
    short = {"order_status_changed": "step", "order_updated": "edit"} if len(types) > 1 else {}
    texts = {"fields": fields, "examples": {short.get(each) or _camel(each): examples[each] for each in types}}
    return _message(name, first["type"], ["id", *keys, "timestamp", "cursors?", *large], texts)


def _example(type_: str, format_: str) -> Schema:
    """The sample, with a route's id and a plain table number."""
    event = sample_event(type_, table=format_ == "restaurant")
    data = dict(event.data)
    if type_.startswith("route"):
        event = structs.replace(event, id=f"{ROUTE}-{data['version']}")
    if format_ == "restaurant" and "order" in data:
        data["order"] = {**data["order"], "table_number": "5"}
    message = render(structs.replace(event, data=data), CHANNELS[type_], format_)
    assert message is not None
    return message


def _names(format_: str) -> dict[str, str]:
    """By the type of an event: the name of the message that tells of it. Formats share messages of `standard`."""
    words, ours = VOCABULARIES[format_].words, VOCABULARIES["standard"]
    found = {}
    for type_ in EVENT_TYPES:
        word = words.get(type_)
        if word is not None:
            shared = word is ours.words[type_]
            found[type_] = ("standard" if shared else format_) + _capital(word.type)
        elif type_ not in words:
            shared = VOCABULARIES[format_].custom is ours.custom
            found[type_] = ("standard" if shared else format_) + "Custom"
    return found


def _message(name: str, type_: str, keys: Sequence[str], texts: Mapping[str, Any]) -> Schema:
    kind = re.sub("^(standard|flat|restaurant)", "", name)
    summary = texts.get("summary") or TEXTS["events"].get(name) or TEXTS["events"][kind]
    fields = {"type": {"const": type_}, **texts.get("fields", {})}
    examples = [{"name": each, "payload": payload} for each, payload in texts["examples"].items()]
    payload = described_object({"fields": fields}, ["type", *keys])
    return {"name": name, "summary": summary, "payload": payload, "examples": examples}


def _camel(word: str) -> str:
    """`order_update` as `orderUpdate`."""
    return word[0] + _capital(word)[1:]


def _capital(word: str) -> str:
    return "".join(part.capitalize() for part in re.split("[._]", word))


if __name__ == "__main__":
    PATH.write_text(text())
