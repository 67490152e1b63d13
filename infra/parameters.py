"""What `make deploy PARAMETERS=…` is told, judged before anything is packaged or touched."""

from collections.abc import Mapping
from typing import Any, Final

from infra.stacks import DeployError

# The deployment's own, never said by people.
_OURS: Final = frozenset({"Stage", "Protected"})
# What comes with what: the first alone would be half a thing.
_NEEDS: Final = (
    ("RestDomain", "DomainCertificate"),
    ("WebsocketDomain", "DomainCertificate"),
    ("SubnetIds", "SecurityGroupIds"),
    ("SecurityGroupIds", "SubnetIds"),
)
# Addresses that follow from a domain, unless they are said themselves.
_ADDRESSES: Final = (("RestDomain", "PublicUrl", "https"), ("WebsocketDomain", "WebsocketUrl", "wss"))


def refuse(template: Mapping[str, Any], said: Mapping[str, str], before: Mapping[str, str]) -> None:
    """Raises DeployError where a name is not known, or where something is said without what it needs.

    template: infra/resources.json. before: what the stage was last deployed with.
    """
    known: dict[str, dict[str, Any]] = {n: each for n, each in template["Parameters"].items() if n not in _OURS}
    unknown = sorted(set(said) - set(known))
    if unknown:
        raise DeployError(f"there is no parameter {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    values = {**before, **said}

    def is_given(name: str) -> bool:
        # A default that is no value, like the certificate's, is as good as nothing.
        return values.get(name, "") not in ("", known[name].get("Default", ""))

    for name, needed in _NEEDS:
        if is_given(name) and not is_given(needed):
            raise DeployError(f"{name} is of no use without {needed}: say both")
    if is_given("RestDomain") and values["RestDomain"] == values.get("WebsocketDomain"):
        raise DeployError("API Gateway wants two domains: RestDomain and WebsocketDomain are the same")


def with_addresses(said: Mapping[str, str]) -> dict[str, str]:
    """What is said, and the addresses that follow: a domain's own, or none where a domain is taken away."""
    found = dict(said)
    for domain, address, scheme in _ADDRESSES:
        if domain in said:
            found.setdefault(address, f"{scheme}://{said[domain]}/api" if said[domain] else "")
    return found
