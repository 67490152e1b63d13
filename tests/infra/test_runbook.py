"""What docs/operations.md and docs/cost.md say in numbers is what is deployed."""

import re
from typing import Any

from chalicelib.core.metrics import UNITS
from infra import kinds
from infra.packaging import ROOT

OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
COST = (ROOT / "docs" / "cost.md").read_text()


def test_how_long_a_stream_tries(template: dict[str, Any]) -> None:
    [minutes] = re.findall(r"did not answer for (\d+) minutes", OPERATIONS)
    ages = [each["MaximumRecordAgeInSeconds"] for _, each in kinds.sources(template["Resources"], "DynamoDB")]
    assert max(ages) == int(minutes) * 60


def test_what_watches_costs_as_much_as_there_is(template: dict[str, Any]) -> None:
    resources = template["Resources"].values()
    alarms = sum(each["Type"] == "AWS::CloudWatch::Alarm" for each in resources)
    assert f"{alarms} alarms at $0.10, {len(UNITS)} metrics of our own at $0.30" in COST
