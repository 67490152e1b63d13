"""The auditor accepts a correct journal, and finds each kind of damage."""

import json
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.proof.black_box.auditor.__main__ import main
from tests.proof.black_box.auditor.verdict import judge
from tests.proof.black_box.small_journal import (
    EPOCH,
    MEAL,
    ORDER,
    PHONE,
    Files,
    Json,
    edit,
    event,
    heartbeat,
    journal,
    received,
    restaurant,
    subscribed,
    write,
)

BOARDS = ("socket-office", "socket-clerk", "socket-screen")


def events(files: Files, name: str) -> list[Json]:
    """The lines of a client's file with events."""
    return [line for line in files[name] if line["kind"] == "received" and '"id"' in line["text"]]


def remove(files: Files, name: str, line: Json) -> None:
    files[name].remove(line)


def insert(files: Files, name: str, message: Json) -> None:
    """Before the answer to the heartbeat."""
    files[name].insert(-1, {"mono": 0, **received(message)})


def end(files: Files, name: str, **ends: int) -> None:
    files[name][-1] = {"mono": 0, **received(heartbeat(ends))}


def line(files: Files, kind: str, n: int = 0) -> Json:
    """A line of the file `state`."""
    return [each for each in files["state"] if each["kind"] == kind][n]


def an_event_is_missing(files: Files) -> None:
    remove(files, "socket-office", events(files, "socket-office")[3])


def the_last_event_is_missing(files: Files) -> None:
    remove(files, "socket-clerk", events(files, "socket-clerk")[-1])


def the_last_event_and_its_number_are_missing_at_one_client(files: Files) -> None:
    remove(files, "socket-clerk", events(files, "socket-clerk")[-1])
    end(files, "socket-clerk", orders=7)


def a_replay_leaves_an_event_out(files: Files) -> None:
    remove(files, "socket-office", events(files, "socket-office")[3])
    insert(files, "socket-office", subscribed("orders", 8))


def a_client_never_caught_up(files: Files) -> None:
    files["socket-office"].pop()


def a_client_ends_in_another_log(files: Files) -> None:
    edit(files["socket-office"][-1], lambda message: message["epochs"].update(orders="E2"))


def an_event_comes_twice_under_two_numbers(files: Files) -> None:
    for name in BOARDS:
        message = json.loads(events(files, name)[-1]["text"])
        insert(files, name, {**message, "cursors": {"orders": 9}})
        end(files, name, orders=9)


def a_number_has_two_events(files: Files) -> None:
    insert(files, "socket-office", {**event(ORDER, 4, {"orders": 3})})


def a_number_is_another_event_at_another_client(files: Files) -> None:
    third, fourth = events(files, "socket-office")[2:4]
    edit(third, lambda message: message.update(cursors={"orders": 4}))
    edit(fourth, lambda message: message.update(cursors={"orders": 3}))


def two_events_are_swapped_in_the_log(files: Files) -> None:
    for name in BOARDS:
        fourth, fifth = events(files, name)[3:5]
        edit(fourth, lambda message: message.update(cursors={"orders": 5}))
        edit(fifth, lambda message: message.update(cursors={"orders": 4}))


def a_version_has_no_event(files: Files) -> None:
    for name in BOARDS:
        remove(files, name, events(files, name)[3])
        for number, each in enumerate(events(files, name), 1):
            edit(each, partial(_renumber, number))
        end(files, name, orders=7)


def _renumber(number: int, message: Json) -> None:
    message["cursors"] = {"orders": number}


def the_last_change_has_no_event(files: Files) -> None:
    for name in BOARDS:
        remove(files, name, events(files, name)[-1])
        end(files, name, orders=7)


def all_events_have_another_status_than_the_answer(files: Files) -> None:
    for each in BOARDS:
        edit(events(files, each)[1], lambda message: message.get("data", message).update(status="cancelled"))


def an_event_has_another_status_at_one_client(files: Files) -> None:
    edit(events(files, "socket-office")[1], lambda message: message["data"].update(status="cancelled"))


def an_event_of_another_tenant(files: Files) -> None:
    insert(files, "socket-kitchen", event(ORDER, 1, {"orders": 8}))
    end(files, "socket-kitchen", orders=8)


def an_event_for_another_driver(files: Files) -> None:
    insert(files, "socket-driver2", event(ORDER, 5, {"driver:D2": 1}))
    end(files, "socket-driver2", **{"driver:D2": 1, "user:UD2": 0})


def an_event_before_the_driver_got_the_order(files: Files) -> None:
    insert(files, "socket-driver", event(ORDER, 1, {"driver:D1": 7}))
    end(files, "socket-driver", **{"driver:D1": 7, "user:UD1": 1})


def an_update_for_another_customer(files: Files) -> None:
    line(files, "order")["order"]["customer_id"] = "C2"


def an_event_for_another_guest(files: Files) -> None:
    for each in files["rest-guest"]:
        each["key"] = None


def a_channel_that_the_role_may_not_watch(files: Files) -> None:
    insert(files, "socket-customer", event(ORDER, 1, {"orders": 1}))


def a_name_on_a_screen(files: Files) -> None:
    edit(events(files, "socket-screen")[0], lambda message: message["data"].update(customer_phone=PHONE))


def a_reason_for_a_guest(files: Files) -> None:
    def change(message: Json) -> None:
        message["order"]["history"][0]["by"] = "U3"

    edit(events(files, "socket-guest")[0], change)


def a_driver_who_has_not_set_out_for_a_guest(files: Files) -> None:
    edit(events(files, "socket-tracker")[2], lambda message: message["data"].update(driver_id="D1"))


def an_order_for_the_link_of_another(files: Files) -> None:
    files["socket-tracker"][0]["order_id"] = "G2"


def a_version_under_another_number(files: Files) -> None:
    second, third = events(files, "socket-tracker")[1:3]
    edit(second, lambda message: message.update(cursors={f"order:{ORDER}": 3}))
    edit(third, lambda message: message.update(cursors={f"order:{ORDER}": 2}))


def the_driver_misses_a_change(files: Files) -> None:
    remove(files, "socket-driver", events(files, "socket-driver")[-1])
    end(files, "socket-driver", **{"driver:D1": 5, "user:UD1": 1})


def the_driver_misses_the_notification(files: Files) -> None:
    remove(files, "socket-driver", events(files, "socket-driver")[0])
    end(files, "socket-driver", **{"driver:D1": 6, "user:UD1": 0})


def the_customer_misses_an_update(files: Files) -> None:
    remove(files, "socket-customer", events(files, "socket-customer")[-1])
    end(files, "socket-customer", **{"user:UC1": 4})


def the_guest_misses_a_change(files: Files) -> None:
    remove(files, "socket-guest", events(files, "socket-guest")[-1])
    end(files, "socket-guest", **{f"order:{MEAL}": 6})


def a_notice_is_missing(files: Files) -> None:
    remove(files, "socket-driver2", events(files, "socket-driver2")[0])
    end(files, "socket-driver2", **{"driver:D2": 0, "user:UD2": 0})


def an_sms_is_missing_at_the_phone(files: Files) -> None:
    files["phones"].pop()


def an_sms_arrives_twice(files: Files) -> None:
    files["phones"].append(files["phones"][0])


def an_sms_arrives_unasked(files: Files) -> None:
    files["phones"].append({**files["phones"][0], "message": "ORD-G1 cancelled"})


def a_status_has_no_sms(files: Files) -> None:
    files["state"].remove(line(files, "notification"))
    files["phones"].pop(0)


def a_status_has_two_sms(files: Files) -> None:
    files["state"].insert(-1, line(files, "notification"))


def an_sms_for_another_number(files: Files) -> None:
    line(files, "notification")["notification"]["recipient"] = "+886911111111"
    files["phones"][0]["phone"] = "+886911111111"


def an_sms_waits_for_ever(files: Files) -> None:
    line(files, "notification")["notification"]["status"] = "queued"


def an_sms_failed(files: Files) -> None:
    line(files, "notification")["notification"].update(status="failed", error="retries_exhausted")
    files["phones"].pop(0)


def one_key_made_two_orders(files: Files) -> None:
    answer = files["rest-office"][1]
    files["rest-office"].append({**answer, "body": {**answer["body"], "id": "G2"}})


def an_order_without_a_request(files: Files) -> None:
    first = line(files, "order")
    files["state"].insert(-1, {**first, "order": {**first["order"], "id": "G2"}})


def an_acknowledged_order_is_in_no_list(files: Files) -> None:
    files["state"].remove(line(files, "order"))


def the_last_status_differs(files: Files) -> None:
    line(files, "order")["order"]["status"] = "cancelled"


def the_history_lacks_a_step(files: Files) -> None:
    line(files, "order")["order"]["history"].pop(1)


def the_payment_differs_from_the_last_event(files: Files) -> None:
    line(files, "order")["order"]["payment_status"] = "refunded"


def a_total_is_wrong(files: Files) -> None:
    line(files, "order")["order"]["total_price"] = "1521"


def a_total_is_wrong_in_an_event(files: Files) -> None:
    edit(events(files, "socket-office")[3], lambda message: message["data"].update(total_price="761"))


def an_order_is_paid_and_nobody_paid(files: Files) -> None:
    files["rest-office"] = [each for each in files["rest-office"] if not each["path"].endswith("/payment")]


def an_acknowledged_payment_is_lost(files: Files) -> None:
    line(files, "order")["order"]["payment_status"] = "pending"


def the_revenue_is_wrong(files: Files) -> None:
    line(files, "report")["report"]["revenue"]["total"] = "9999"


def a_delivery_has_two_attempts(files: Files) -> None:
    files["state"].insert(-1, line(files, "delivery"))


def a_delivery_has_other_empties(files: Files) -> None:
    line(files, "delivery")["delivery"]["empties_back"] = 0


def a_customer_has_too_many_cylinders(files: Files) -> None:
    line(files, "customer")["customer"]["cylinders_out"] = 5


def an_older_order_disappeared(files: Files) -> None:
    files["state"].remove(line(files, "order", 1))


def a_customer_disappeared(files: Files) -> None:
    files["state"].remove(line(files, "customer"))


def an_order_never_ended(files: Files) -> None:
    files["state"].insert(-1, {"kind": "not_finished", "what": "orders"})


def the_journal_was_cut_off(files: Files) -> None:
    files["state"].pop()


DAMAGES: dict[Callable[[Files], None], str] = {
    an_event_is_missing: "no event is missed",
    the_last_event_is_missing: "no event is missed",
    the_last_event_and_its_number_are_missing_at_one_client: "no event is missed",
    a_replay_leaves_an_event_out: "no event is missed",
    a_client_never_caught_up: "clients catch up",
    a_client_ends_in_another_log: "clients catch up",
    an_event_comes_twice_under_two_numbers: "no event comes twice",
    a_number_has_two_events: "one number, one event",
    a_number_is_another_event_at_another_client: "one number, one event",
    two_events_are_swapped_in_the_log: "versions in order",
    a_version_has_no_event: "versions in order",
    the_last_change_has_no_event: "each change has its event",
    all_events_have_another_status_than_the_answer: "events agree with answers",
    an_event_has_another_status_at_one_client: "clients agree",
    an_event_of_another_tenant: "only entitled clients",
    an_event_for_another_driver: "only entitled clients",
    an_event_before_the_driver_got_the_order: "only entitled clients",
    an_update_for_another_customer: "only entitled clients",
    an_event_for_another_guest: "only entitled clients",
    a_channel_that_the_role_may_not_watch: "only watched channels",
    a_name_on_a_screen: "only entitled clients",
    a_reason_for_a_guest: "only entitled clients",
    a_driver_who_has_not_set_out_for_a_guest: "only entitled clients",
    an_order_for_the_link_of_another: "only entitled clients",
    a_version_under_another_number: "versions in order",
    the_driver_misses_a_change: "drivers have their orders",
    the_driver_misses_the_notification: "drivers have their orders",
    the_customer_misses_an_update: "customers have their updates",
    the_guest_misses_a_change: "guests have their orders",
    a_notice_is_missing: "notices arrive",
    an_sms_is_missing_at_the_phone: "each SMS arrives",
    an_sms_arrives_twice: "no SMS arrives twice",
    an_sms_arrives_unasked: "no SMS arrives unasked",
    a_status_has_no_sms: "one SMS per order and status",
    a_status_has_two_sms: "one SMS per order and status",
    an_sms_for_another_number: "one SMS per order and status",
    an_sms_waits_for_ever: "nothing waits for ever",
    an_sms_failed: "each SMS arrives",
    one_key_made_two_orders: "one key, one order",
    an_order_without_a_request: "one key, one order",
    an_acknowledged_order_is_in_no_list: "acknowledged orders exist",
    the_last_status_differs: "row, history and log agree",
    the_history_lacks_a_step: "row, history and log agree",
    the_payment_differs_from_the_last_event: "row, history and log agree",
    a_total_is_wrong: "money adds up",
    a_total_is_wrong_in_an_event: "money adds up",
    an_order_is_paid_and_nobody_paid: "money adds up",
    an_acknowledged_payment_is_lost: "money adds up",
    the_revenue_is_wrong: "money adds up",
    a_delivery_has_two_attempts: "deliveries add up",
    a_delivery_has_other_empties: "deliveries add up",
    a_customer_has_too_many_cylinders: "deliveries add up",
    an_older_order_disappeared: "nothing disappears",
    a_customer_disappeared: "nothing disappears",
    an_order_never_ended: "nothing waits for ever",
    the_journal_was_cut_off: "the journal is complete",
}


@pytest.mark.parametrize(
    ("damage", "rule"), [pytest.param(*case, id=case[0].__name__) for case in DAMAGES.items()]
)
def test_damage_is_found(damage: Callable[[Files], None], rule: str, tmp_path: Path) -> None:
    files = journal()
    damage(files)
    findings, _ = judge(write(files, tmp_path))
    assert rule in {finding.rule for finding in findings}


def test_a_correct_journal_is_accepted(tmp_path: Path) -> None:
    findings, figures = judge(write(journal(), tmp_path))
    assert [str(finding) for finding in findings] == []
    assert (figures["clients"], figures["orders"], figures["SMS"]) == (9, 2, 3)


def test_repeats_and_events_that_overtake_are_accepted(tmp_path: Path) -> None:
    files = journal()
    lines = files["socket-office"]
    third = lines.index(events(files, "socket-office")[2])
    lines[third], lines[third + 1] = lines[third + 1], lines[third]
    lines.insert(third, lines[third])
    assert judge(write(files, tmp_path))[0] == []


def test_an_event_that_comes_before_the_welcome_counts(tmp_path: Path) -> None:
    files = journal()
    first = events(files, "socket-guest")[0]
    remove(files, "socket-guest", first)
    files["socket-guest"].insert(3, first)
    assert judge(write(files, tmp_path))[0] == []


def test_a_screen_receives_no_notification_and_misses_nothing(tmp_path: Path) -> None:
    files = journal()
    action = {"type": "view_order", "order_id": ORDER}
    overdue = {"type": "notification", "id": "N9", "data": {"action": action}, "cursors": {"orders": 9}}
    for name in BOARDS:
        insert(files, name, subscribed("orders", 9) if name == "socket-screen" else overdue)
        end(files, name, orders=9)
    assert judge(write(files, tmp_path))[0] == []


def test_a_client_that_polls_is_judged_like_others(tmp_path: Path) -> None:
    files = journal()
    lines = files["socket-clerk"]
    items = [json.loads(each["text"]) for each in events(files, "socket-clerk")]
    polled = {"channel": "orders", "body": {"items": items, "cursor": 8, "epoch": EPOCH, "recovered": True}}
    started = next(each for each in lines if each["kind"] == "list")
    files["socket-clerk"] = [lines[0], started, {"mono": 0, "kind": "polled", **polled}]
    assert judge(write(files, tmp_path))[0] == []
    items.pop(3)
    assert {finding.rule for finding in judge(write(files, tmp_path))[0]} == {"no event is missed"}


def test_a_loaded_list_replaces_what_a_replay_could_not_bring(tmp_path: Path) -> None:
    files = journal()
    missed = events(files, "socket-clerk")[2:5]
    at = files["socket-clerk"].index(missed[0])
    for each in missed:
        remove(files, "socket-clerk", each)
    files["socket-clerk"][at:at] = [
        {"mono": 0, **received(subscribed("orders", 5, recovered=False))},
        {"mono": 0, "kind": "list", "channel": "orders", "cursor": 5, "epoch": EPOCH},
    ]
    findings, figures = judge(write(files, tmp_path))
    assert (findings, figures["reloads"]) == ([], 1)


def test_an_answer_that_was_lost_may_have_made_an_order(tmp_path: Path) -> None:
    files = journal()
    for each in files["rest-guest"][1::2]:
        each.update(kind="no_answer")
    findings = judge(write(files, tmp_path))[0]
    assert "one key, one order" not in {finding.rule for finding in findings}


def test_a_finding_names_the_file_and_the_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = journal()
    insert(files, "socket-guest", restaurant(event(ORDER, 1, {f"order:{ORDER}": 1})))
    assert main([str(write(files, tmp_path))]) == 1
    number = len(files["socket-guest"]) - 1
    assert f"socket-guest.jsonl:{number}: only entitled clients" in capsys.readouterr().out


def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (write(journal(), tmp_path) / "phones.jsonl").open("a") as file:
        file.write('{"kind": "sm')
    assert main([str(tmp_path)]) == 1
    assert "phones.jsonl:4: " in capsys.readouterr().out


def test_an_empty_folder_is_no_proof(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 1


def test_the_auditor_imports_no_code_of_the_project() -> None:
    code = "import sys, tests.proof.black_box.auditor.__main__; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert {name.partition(".")[0] for name in loaded}.isdisjoint({"chalicelib", "infra", "app"})
    own = {name for name in loaded if name.startswith("tests.") and "auditor" not in name}
    assert own == {"tests.proof", "tests.proof.black_box"}
