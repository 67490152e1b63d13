"""Deletes a person's data in stored events and answers: the channels' logs, announcements, repeatable requests.

An event in a log retains its number, id and type, because clients rely on a log without gaps. Messages to the
person's own users are deleted: only these users read them, and a gap there means `recovered: false`.
"""

from collections import Counter
from typing import Any, Final

import msgspec

from chalicelib.models.announcement import Announcement
from chalicelib.models.channel_log import ChannelLog
from chalicelib.models.idempotency import Idempotency
from chalicelib.models.parsing import Unreadable
from chalicelib.realtime.channels import channel_key
from chalicelib.realtime.log import decoded, encoded
from infra.ops.forgetting.person import Person
from infra.ops.forgetting.words import NAME, Words
from infra.ops.stored import TABLES

_PERSONAL: Final = TABLES["orders"].personal.split()


def forget_events(person: Person, words: Words) -> Counter[str]:
    """Cleans stored events; returns how many were deleted or changed."""
    done: Counter[str] = Counter()
    own = {f"user:{user_id}" for user_id in person.user_ids}
    own_keys = {channel_key(person.tenant_id, channel) for channel in own}
    # A scan, because events of a person are in several channels. A log has the events of a day, at most of a week.
    ours = ChannelLog.channel_key.startswith(channel_key(person.tenant_id, "")) & (ChannelLog.seq > 0)
    for row in ChannelLog.scan(ours, consistent_read=True):
        if row.channel_key in own_keys:
            row.delete()
            done["messages"] += 1
        else:
            done["events"] += _clean_event(row, person, words)
    for sent in Announcement.query(person.tenant_id, consistent_read=True):
        if sent.channel in own:
            sent.delete()
        else:
            _clean_announcement(sent, person, words)
    answers = Idempotency.key.startswith(f"{person.tenant_id}#")
    for answered in Idempotency.scan(answers, consistent_read=True):
        done["answers"] += _clean_answer(answered, person, words)
    return done


def cleaned(data: dict[str, Any], person: Person, words: Words) -> dict[str, Any]:
    """An event's data without data that names or describes the person."""
    order = data.get("order")
    if isinstance(order, dict):
        return {**data, "order": cleaned_order(order, person, words)}
    found: dict[str, Any] = words.masked(data, names=not _is_of_another(data, person))
    return found


def cleaned_order(view: dict[str, Any], person: Person, words: Words) -> dict[str, Any]:
    """The view of an order; without personal data if it is one of the person's."""
    if view.get("id") in person.order_ids:
        return _erased(view)
    found: dict[str, Any] = words.masked(view, names=False)
    return found


def _erased(view: dict[str, Any]) -> dict[str, Any]:
    found = dict(view)
    for path in _PERSONAL:
        name, _, inner = path.partition(".")
        entries = view.get(name)
        if inner and isinstance(entries, list):
            found[name] = [{**each, inner: None} for each in entries]
        elif name in found:
            found[name] = None
    return {**found, "customer_name": NAME} if "customer_name" in found else found


def _is_of_another(data: dict[str, Any], person: Person) -> bool:
    """Whether it is about an order of another person, to whom the names in it belong."""
    action = data.get("action")
    order_id = data.get("order_id") or (action.get("order_id") if isinstance(action, dict) else None)
    return order_id is not None and order_id not in person.order_ids


def _clean_event(row: ChannelLog, person: Person, words: Words) -> bool:
    try:
        event = decoded(row)
    except Unreadable as error:
        error.report()
        return False
    data = cleaned(dict(event.data), person, words)
    if data == event.data:
        return False
    changed = encoded(msgspec.structs.replace(event, data=data))
    row.update([ChannelLog.event.set(changed)], condition=ChannelLog.seq.exists())
    return True


def _clean_announcement(row: Announcement, person: Person, words: Words) -> None:
    data = msgspec.json.decode(row.data, type=dict[str, Any])
    changed = cleaned(data, person, words)
    if changed != data:
        text = msgspec.json.encode(changed).decode()
        row.update([Announcement.data.set(text)], condition=Announcement.id.exists())


def _clean_answer(row: Idempotency, person: Person, words: Words) -> bool:
    view = msgspec.json.decode(row.answer, type=dict[str, Any])
    changed = cleaned_order(view, person, words)
    if changed == view:
        return False
    text = msgspec.json.encode(changed).decode()
    row.update([Idempotency.answer.set(text)], condition=Idempotency.key.exists())
    return True
