"""docs/operations.md has the deployed parameters with their defaults, and times."""

import json
import re
from typing import Any

from infra import kinds
from infra.edge_template import PARAMETERS
from infra.packaging import ROOT

OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
# The deployment sets these.
_OWN = {"Stage", "Protected", "OriginKey", "Version", "WsEndpoint"}


def test_how_long_a_stream_tries(template: dict[str, Any]) -> None:
    [minutes] = re.findall(r"did not answer for (\d+) minutes", OPERATIONS)
    ages = [each["MaximumRecordAgeInSeconds"] for _, each in kinds.sources(template["Resources"], "DynamoDB")]
    assert max(ages) == int(minutes) * 60


def test_every_parameter_is_listed_with_its_default() -> None:
    parameters = {**json.loads((ROOT / "infra" / "resources.json").read_text())["Parameters"], **PARAMETERS}
    section = OPERATIONS.split("\n### Parameters\n")[1].split("\n### ")[0]
    listed = dict(re.findall(r"^- `(\w+)`(?: \((\S+)\))?: ", section, re.MULTILINE))

    defaults = {name: str(each.get("Default", "")) for name, each in parameters.items() if name not in _OWN}
    # CloudFormation refuses an empty ARN, so the template has a placeholder.
    assert defaults.pop("DomainCertificate").endswith("certificate/none")
    assert listed.pop("DomainCertificate") == ""
    assert listed == defaults
