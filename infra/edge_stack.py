"""The third stack, `luckygas-<stage>-edge`, and the addresses that follow from it."""

from collections.abc import Mapping
from typing import Any, Final

from infra import stacks
from infra.edge_template import REGION, edge_template
from infra.stacks import DeployError

# The application's parameters that follow from the edge's host.
ADDRESSES: Final = ("PublicUrl", "WebsocketUrl")


def name_of(stage: str) -> str:
    """The stack's name."""
    return f"luckygas-{stage}-edge"


def static_host(bucket: str, region: str) -> str:
    """The host of the bucket of static files."""
    return f"{bucket}.s3.{region}.amazonaws.com"


def addresses_of(host: str) -> dict[str, str]:
    """ADDRESSES of a stage whose public host this is."""
    return {"PublicUrl": f"https://{host}/api", "WebsocketUrl": f"wss://{host}/api"}


def refuse_other_region(stage: str, before: Mapping[str, str], region: str) -> None:
    """Raises DeployError if the stage's edge leads to another region.

    before: what the stack was last deployed with. Names at CloudFront are unique in an account, so a stage in two
    regions has one edge.
    """
    host = before.get("StaticHost")
    if host and not host.endswith(static_host("", region)):
        raise DeployError(
            f"{name_of(stage)} leads to {host}, in another region: set Edge=none for this one, or delete that"
            " stack first if the stage moves"
        )


def apply_edge(cloudformation: Any, stage: str, supplied: Mapping[str, str], pace: Mapping[str, Any]) -> str:
    """Creates or updates the stack and returns its host.

    cloudformation: of REGION. supplied: OWN_PARAMETERS without the stage, and the operator's parameters. Raises
    DeployError.
    """
    stack = name_of(stage)
    try:
        stacks.apply(
            cloudformation, stack, edge_template(), None, {"Stage": stage, **supplied}, pace, may_lose=False
        )
    except DeployError as error:
        raise DeployError(
            f"{error}\n{stack} is in {REGION}: look for its events there, and add --region {REGION} to commands."
            " The application is deployed, and its addresses are those that it had before"
        ) from error
    return stacks.outputs(cloudformation, stack)["Host"]
