"""What docs/operations.md says in numbers is what is deployed."""

import re
from typing import Any

from infra import kinds
from infra.packaging import ROOT

OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


def test_how_long_a_stream_tries(template: dict[str, Any]) -> None:
    [minutes] = re.findall(r"did not answer for (\d+) minutes", OPERATIONS)
    ages = [each["MaximumRecordAgeInSeconds"] for _, each in kinds.sources(template["Resources"], "DynamoDB")]
    assert max(ages) == int(minutes) * 60
