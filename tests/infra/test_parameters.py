"""`make deploy PARAMETERS=…` refuses invalid parameters before it changes anything."""

import json

import pytest

from infra.packaging import ROOT
from infra.parameters import refuse
from infra.stacks import DeployError

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"
TEMPLATE = json.loads((ROOT / "infra" / "resources.json").read_text())


@pytest.mark.parametrize(
    ("sent", "before", "says"),
    [
        ({"AlarmMail": "a@b.c"}, {}, "no parameter AlarmMail; there are AlarmEmail, "),
        ({"Protected": "false"}, {}, "no parameter Protected"),
        ({"Domain": "gas.example"}, {}, "Domain needs DomainCertificate: set both"),
        (
            {
                "Domain": "gas.example",
                "DomainCertificate": "arn:aws:acm:ap-northeast-1:123456789012:certificate/1",
            },
            {},
            "DomainCertificate must be the ARN of a certificate in ACM of us-east-1",
        ),
        ({"Domain": "https://gas.example"}, {}, "Domain must be a host name"),
        ({"EdgeRequestsPer5Minutes": "9"}, {}, "must be 0 or a whole number from 10 on"),
        ({"Edge": "cloudflare"}, {}, "Edge must be cloudfront or none, not cloudflare"),
        ({"PublicUrl": "https://a.example/api"}, {}, "PublicUrl follows from the edge: set Domain, or Edge=none"),
        ({"Domain": "gas.example", "Edge": "none"}, {}, "Domain can have no effect with Edge=none"),
        ({"EdgeRequestsPer5Minutes": "100"}, {"Edge": "none"}, "can have no effect with Edge=none"),
        ({"RestHost": "a.example"}, {}, "no parameter RestHost"),
        ({"SubnetIds": "subnet-1"}, {}, "SubnetIds needs SecurityGroupIds: set both"),
        ({"SecurityGroupIds": ""}, {"SubnetIds": "s", "SecurityGroupIds": "g"}, "needs SecurityGroupIds"),
    ],
)
def test_parameters_are_judged_before_anything_is_touched(
    sent: dict[str, str], before: dict[str, str], says: str
) -> None:
    with pytest.raises(DeployError, match=says):
        refuse(TEMPLATE, sent, before, "aws")


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
def test_where_our_edge_cannot_be_deployed_another_must_be_meant(partition: str) -> None:
    with pytest.raises(DeployError, match=f"in the partition {partition}: set Edge=none"):
        refuse(TEMPLATE, {}, {}, partition)
    refuse(TEMPLATE, {"Edge": "none", "PublicUrl": "https://own.example/api"}, {}, partition)
    refuse(TEMPLATE, {}, {"Edge": "none"}, partition)


def test_parameters_of_the_last_deployment_count() -> None:
    refuse(TEMPLATE, {"Domain": "gas.example"}, {"DomainCertificate": CERTIFICATE}, "aws")
    refuse(TEMPLATE, {"Domain": ""}, {"Domain": "gas.example", "DomainCertificate": CERTIFICATE}, "aws")
