"""Which roles may call a rule: checked by the rule itself, before it reads, counts or compares anything.

    @rule(roles=STAFF)
    def edit_order(principal: Principal, …) -> Order: ...

A rule that needs the role alone names its caller `_principal`.

REST, the socket and the schedules call the same rules, so a caller that forgets to check cannot open a rule.
`endpoint` and the socket's table of messages name roles, too: theirs are for the documents and spare the work of
reading a request that is refused anyway.
"""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

from msgspec import Struct

from chalicelib.core.errors import Forbidden


class Caller(Protocol):
    """For whom a rule is called: a principal, what contains one, or the row of a user."""

    @property
    def role(self) -> str: ...


class Rule(Struct, frozen=True):
    """A function that checks its first argument's role. roles: who may call it."""

    function: Callable[..., Any]
    roles: frozenset[str]


# Every rule of the modules that are imported.
RULES: Final[list[Rule]] = []

C = TypeVar("C", bound=Caller)
P = ParamSpec("P")
T = TypeVar("T")


def check_role(role: str, roles: Collection[str]) -> None:
    """Raises Forbidden for a role that is not among them."""
    if role not in roles:
        raise Forbidden(f"The role {role} may not do this.")


def rule(*, roles: Collection[str]) -> Callable[[Callable[Concatenate[C, P], T]], Callable[Concatenate[C, P], T]]:
    """Lets the function be called for these roles only. Its first argument is the caller. Raises Forbidden."""
    allowed = frozenset(roles)

    def register(function: Callable[Concatenate[C, P], T]) -> Callable[Concatenate[C, P], T]:
        @wraps(function)
        def checked(caller: C, /, *args: P.args, **kwargs: P.kwargs) -> T:
            check_role(caller.role, allowed)
            return function(caller, *args, **kwargs)

        RULES.append(Rule(checked, allowed))
        return checked

    return register
