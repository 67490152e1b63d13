"""Every rule checks the role of its caller itself, before it reads or writes anything.

The tests are generated from the routes and the rules, so that they cover new ones.
"""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

import app
from chalicelib.api.http import ROUTES, Route
from chalicelib.api.request import ApiRequest
from chalicelib.auth.live import Live
from chalicelib.auth.principal import DISPLAY, GUESTS, ROLES, Principal
from chalicelib.auth.rules import RULES, Rule
from chalicelib.core.errors import Forbidden
from chalicelib.models.user import User
from tests.calls import counted_calls
from tests.factories import Business, principal
from tests.isolation.requests import BODIES, QUERIES, WORDS
from tests.isolation.test_isolation import PARAMETER, kind_for, named, stored_but

assert app.app.routes, "the routes and their rules are registered"

EVERY_ROLE: Final = ROLES | GUESTS | {DISPLAY}
NO_ID: Final = "01ARZ3NDEKTSV4RRFFQ69G5FAV"

# Endpoints whose roles need no check, because they show and change only the caller's own data.
NOTHING_TO_KEEP: Final = {
    ("POST", "/v1/auth/logout"): "ends the caller's own session",
    ("POST", "/v1/auth/password"): "the caller's own; guests and displays have no row of a user",
    ("GET", "/v1/auth/me"): "shows the caller",
    ("GET", "/v1/auth/sessions"): "shows the caller's own",
    ("DELETE", "/v1/auth/sessions"): "ends the caller's own",
    ("POST", "/v1/auth/totp/remove"): "turns off the caller's own",
    ("GET", "/v1/menu"): "the menu is public under /v1/t/{qr}",
}
# Lists that first read the cursors of the caller's channels.
WITH_CURSORS: Final = {"/v1/orders", "/v1/routes"}

# Functions for a principal that entry points call and that are no rules.
NO_RULES: Final = {
    **dict.fromkeys(
        (f"auth.{name}.verify_live" for name in ("display_tokens", "guests", "session_access")),
        "makes sure of the principal itself",
    ),
    "auth.live.verify_live": "makes sure of the principal itself",
    "auth.recent.verify_recent": "makes sure of the principal itself",
    "deliveries.view.attempt_view": "reads nothing",
    "orders.estimates.estimate_actions": "checks the step before it reads",
    "orders.limits.check_pace": "reads nothing",
    "orders.step_access.check_access": "makes sure of the principal itself",
    "realtime.admission.admit": "any role that was admitted may connect",
    "realtime.admission.check_pace": "reads nothing",
    "realtime.channel_access.channels_at_connect": "a table by role",
    "realtime.channel_access.check_may_watch": "a table by role",
    "realtime.connections.store": "any role that was admitted may connect",
    "routes.rows.change": "called by rules alone",
}


def wrong_principals(business: Business, roles: frozenset[str]) -> Iterator[Principal]:
    """One user of each role without access, to whom all other records of the business belong."""
    links = {"order_id": NO_ID, "table_id": NO_ID, "driver_id": NO_ID, "customer_id": NO_ID}
    for role in sorted(EVERY_ROLE - roles):
        yield principal(business.tenant, role, **links)


def call_view(route: Route, business: Business, caller: Principal) -> None:
    """Calls the endpoint's view without its checks of the caller."""
    body = BODIES.get((route.method, route.path))
    request = ApiRequest(
        path={name: WORDS.get(name, NO_ID) for name in PARAMETER.findall(route.path)},
        headers={"content-type": "application/json"},
        query_params=QUERIES.get(route.path) or {},
        raw_body=json.dumps(body(business)).encode() if body else b"",
        correlation_id="c",
        _address="c0ffee",
        _principal=caller,
        _live=Live(business.tenant, User(business.tenant.id, caller.user_id, role=caller.role)),
    )
    read = {"body": request.body, "query": request.query, "headers": request.named_headers}
    shapes = route.view.__annotations__
    route.view(request, **{name: read[name](shapes[name]) for name in read if name in shapes})


def test_every_endpoint_calls_rules_that_refuse_a_role_which_it_did_not_check(
    gas: Business, restaurant: Business
) -> None:
    # A log whose end is read for the first time gets one.
    untouched, admitted = stored_but("channel_log"), []
    for route in ROUTES:
        if route.roles is None or (route.method, route.path) in NOTHING_TO_KEEP:
            continue
        business = restaurant if kind_for(route) == "table" else gas
        for caller in wrong_principals(business, route.roles):
            with counted_calls() as calls:
                try:
                    call_view(route, business, caller)
                except Forbidden as refusal:
                    # The signing keys, from which the client's address gets its key, are no one's data.
                    read = calls.keys() - {"ssm.GetParameter"}
                    if refusal.code == "forbidden" and (not read or route.path in WITH_CURSORS):
                        continue
                except Exception as error:  # noqa: BLE001 - whatever it is, the role was not checked first
                    calls[type(error).__name__] += 1
            admitted.append((named(route), caller.role, dict(calls)))
    assert admitted == []
    assert stored_but("channel_log") == untouched


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.function.__module__}.{rule.function.__name__}")
def test_a_rule_refuses_a_wrong_role_before_it_looks_at_anything(rule: Rule) -> None:
    assert rule.roles
    for role in EVERY_ROLE - rule.roles:
        caller = Principal("t", "delivery", "u", role, "s", 0, driver_id="d", customer_id="c", order_id="o")
        with pytest.raises(Forbidden) as refused:
            rule.function(caller)
        assert refused.value.code == "forbidden"


def test_every_function_that_entry_points_call_for_a_principal_is_a_rule_or_a_documented_exception() -> None:
    rules = {f"{rule.function.__module__}.{rule.function.__name__}" for rule in RULES}
    assert set(called_for_principals()) - rules == {f"chalicelib.{name}" for name in NO_RULES}


def called_for_principals() -> Iterator[str]:
    """Public functions that take a principal, or what contains one, of whose names the entry points call one."""
    entries = [*Path("chalicelib/api").glob("*.py"), *Path("chalicelib/sockets").glob("*.py")]
    called = set(re.findall(r"\b(\w+)\(", "\n".join(path.read_text() for path in entries)))
    for path in sorted(set(Path("chalicelib").rglob("*.py")) - set(entries)):
        functions = [each for each in ast.parse(path.read_text()).body if isinstance(each, ast.FunctionDef)]
        for each in functions:
            if each.name in called and not each.name.startswith("_") and takes_principal(each):
                yield ".".join((*path.with_suffix("").parts, each.name))


def takes_principal(function: ast.FunctionDef) -> bool:
    annotations: list[Any] = [each.annotation for each in function.args.args]
    return any(isinstance(each, ast.Name) and each.id in ("Principal", "RequestContext") for each in annotations)
