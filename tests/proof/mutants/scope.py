"""What is changed, and by which operators.

Our own operators change all functions of PACKAGES. mutmut's would make ten thousand changes there, so they change
only the functions on the path of the guarantees.
"""

from typing import Final

PACKAGES: Final = ("realtime", "sms", "orders", "consumers")

# By module: the functions that mutmut's operators change.
ORDINARY: Final[dict[str, frozenset[str]]] = {
    module: frozenset(functions.split())
    for module, functions in {
        "realtime.log": "append heads _append_chunk _read _numbered _write _new_head _head_keys _heads _chunks",
        "realtime.replay": "replay _replay _after _is_whole",
        "realtime.broadcast": "publish deliver_all _append",
        "realtime.subscriptions": "subscribe unsubscribe _end _check_still watch",
        "sms.claims": "rows_of claim has_died",
        "sms.outcomes": "write _write_success _counted",
        "consumers.batch": "together each_tenant each finish _tenant_failed _failed _is_final _send_dead_letter",
        "orders.change": "change_status",
        "orders.rows": "write_order update_row",
    }.items()
}

# A change here alters a text in a log or an error, a metric, or how long a retry pauses. No guarantee depends on
# these.
IGNORED: Final = (
    r"\b(log|logger)\.\w+\(",
    r"\bmeasured\(",
    r"^\s*pause\(",
    r"^\s*raise \w+\(f?\"",
)

TESTS: Final = tuple(f"tests/{package}" for package in PACKAGES)

# Of those that call the changed function: a function of the log is called by a thousand.
MOST_TESTS: Final = 100
