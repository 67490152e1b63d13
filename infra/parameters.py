"""The parameters of `make deploy PARAMETERS=…`, checked before anything is packaged or changed."""

import re
from collections.abc import Mapping
from typing import Any, Final

from infra.edge_stack import ADDRESSES
from infra.edge_template import PARAMETERS as OF_THE_EDGE
from infra.stacks import DeployError

# The deployment sets these.
_OURS: Final = frozenset({"Stage", "Protected", "OriginKey"})
# (parameter, those that it needs)
_NEEDS: Final = (
    ("Domain", "DomainCertificate"),
    ("SubnetIds", "SecurityGroupIds"),
    ("SecurityGroupIds", "SubnetIds"),
)


def has_edge(supplied: Mapping[str, str], before: Mapping[str, str]) -> bool:
    """Whether the stage has a CloudFront distribution of ours."""
    return {**before, **supplied}.get("Edge") != "none"


def refuse(
    template: Mapping[str, Any], supplied: Mapping[str, str], before: Mapping[str, str], partition: str
) -> None:
    """Raises DeployError for unknown names, invalid values, and parameters without those that they need.

    template: infra/resources.json. before: the parameters of the last deployment. partition: of the region.
    """
    ours = {name: each for name, each in template["Parameters"].items() if name not in _OURS}
    known: dict[str, dict[str, Any]] = {**ours, **OF_THE_EDGE}
    unknown = sorted(set(supplied) - set(known))
    if unknown:
        raise DeployError(f"there is no parameter {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    for name, value in supplied.items():
        _refuse_value(name, value, known[name])
    _refuse_without_edge(supplied, before, partition)
    values = {**before, **supplied}

    def is_given(name: str) -> bool:
        # A default such as the certificate's counts as no value.
        return values.get(name, "") not in ("", known[name].get("Default", ""))

    for name, needed in _NEEDS:
        if is_given(name) and not is_given(needed):
            raise DeployError(f"{name} needs {needed}: set both")


def _refuse_value(name: str, value: str, parameter: Mapping[str, Any]) -> None:
    """Raises DeployError as CloudFormation would, but before the application's stack is changed."""
    allowed = parameter.get("AllowedValues")
    if allowed and value not in allowed:
        raise DeployError(f"{name} must be {' or '.join(allowed)}, not {value}")
    pattern = parameter.get("AllowedPattern")
    if pattern and not re.fullmatch(pattern, value):
        raise DeployError(f"{name} {parameter['ConstraintDescription']}")


def _refuse_without_edge(supplied: Mapping[str, str], before: Mapping[str, str], partition: str) -> None:
    if has_edge(supplied, before):
        if partition != "aws":
            raise DeployError(
                f"the distribution cannot be deployed in the partition {partition}: set Edge=none, and see"
                ' "An edge of your own" in docs/operations.md'
            )
        for name in ADDRESSES:
            if supplied.get(name):
                raise DeployError(f"{name} follows from the edge: set Domain, or Edge=none and your own edge's")
    elif of_the_edge := sorted(set(supplied) & set(OF_THE_EDGE)):
        raise DeployError(f"{', '.join(of_the_edge)} can have no effect with Edge=none")
