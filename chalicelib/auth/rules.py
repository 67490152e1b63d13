"""Which roles may call a rule. The rule itself checks the role before it does anything else.

    @rule(roles=STAFF)
    def edit_order(principal: Principal, …) -> Order: ...

A rule that needs only the role names its caller `_principal`.

REST, the WebSocket and the schedules call the same rules, so forgetting a check at a caller does not give access.
`endpoint` and the WebSocket's table of messages name roles, too: for the documents, and to refuse a request before
it is parsed.
"""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

from msgspec import Struct

from chalicelib.core.errors import Forbidden


class Caller(Protocol):
    """The caller of a rule: a principal, an object that contains one, or the row of a user."""

    @property
    def role(self) -> str: ...


class Rule(Struct, frozen=True):
    """A function that checks its first argument's role. roles: who may call it."""

    function: Callable[..., Any]
    roles: frozenset[str]


# The rules of the modules imported so far.
RULES: Final[list[Rule]] = []

C = TypeVar("C", bound=Caller)
P = ParamSpec("P")
T = TypeVar("T")


def check_role(role: str, roles: Collection[str]) -> None:
    """Raises Forbidden for a role that is not among them."""
    if role not in roles:
        raise Forbidden(f"The role {role} may not do this.")


def rule(*, roles: Collection[str]) -> Callable[[Callable[Concatenate[C, P], T]], Callable[Concatenate[C, P], T]]:
    """Restricts a function to these roles. Its first argument is the caller. Raises Forbidden."""
    allowed = frozenset(roles)

    def register(function: Callable[Concatenate[C, P], T]) -> Callable[Concatenate[C, P], T]:
        @wraps(function)
        def checked(caller: C, /, *args: P.args, **kwargs: P.kwargs) -> T:
            check_role(caller.role, allowed)
            return function(caller, *args, **kwargs)

        RULES.append(Rule(checked, allowed))
        return checked

    return register
