"""The policies compared with the calls of whole journeys: each function has exactly the permissions it uses."""

import json
from typing import Any

import pytest

from chalicelib.core import aws
from chalicelib.core.settings import settings
from chalicelib.models.tenant import SmsSettings, Tenant
from tests.calls import permissions_used
from tests.factories import Business
from tests.policies.back_office import (
    use_imports,
    use_people,
    use_records,
    use_recurring,
    use_reports,
    use_restaurant,
)
from tests.policies.grants import FUNCTIONS, granted, needed, policy_of
from tests.policies.live import (
    use_access,
    use_crowd,
    use_positions,
    use_proposals,
    use_realtime,
    use_routes,
)
from tests.policies.orders import use_deliveries, use_orders, use_texts, use_tracker
from tests.sms.gateway import Gateway as SmsGateway
from tests.world import World


@pytest.fixture
def used(world: World, gas: Business, sms_gateway: SmsGateway) -> dict[str, set[tuple[str, str]]]:
    """What everything that the system can do needed."""
    gas.tenant.update([Tenant.sms.set(SmsSettings(provider="http", url=sms_gateway.url, sender="X"))])
    key = f"{settings().secrets_prefix}/sms/{gas.tenant.id}"
    aws.client("ssm").put_parameter(Name=key, Value="provider-key", Type="SecureString")
    with permissions_used() as used:
        use_people(world, gas)
        use_records(world, gas)
        use_recurring(world, gas)
        use_reports(world, gas)
        use_imports(world, gas)
        use_orders(world, gas)
        use_texts(world, gas, sms_gateway.url)
        use_positions(world, gas)
        use_proposals(world, gas)
        use_routes(world, gas)
        use_deliveries(world, gas)
        use_realtime(world, gas)
        use_crowd(world, gas)
        use_restaurant(world)
        use_tracker(world, gas)
        use_access(world, gas)
    return used


# A journey through everything, on moto.
def test_a_policy_grants_what_its_function_uses_and_nothing_else(used: dict[str, set[tuple[str, str]]]) -> None:
    assert used.keys() <= set(FUNCTIONS)
    for function in FUNCTIONS:
        has, wants = granted(function), needed(function, used.get(function, set()))
        assert (function, wants - has, has - wants) == (function, set(), set())


# All inline policies of a role, without white space:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
LARGEST_POLICY = 10_240
NAMES = {
    "${AWS::Partition}": "aws-us-gov",
    "${AWS::Region}": "ap-northeast-1",
    "${AWS::AccountId}": "123456789012",
    "${Stage}": "local",
    "${WebsocketAPI}": "abcdefghij",
}


def resolved(value: Any) -> Any:
    """A policy with its references replaced by names as long as AWS's."""
    if isinstance(value, dict) and value.keys() <= {"Fn::Sub", "Fn::GetAtt"}:
        [content] = value.values()
        text = (
            content if isinstance(content, str) else "arn:aws-us-gov:sqs:ap-northeast-1:123456789012:" + "x" * 40
        )
        for name, shown in NAMES.items():
            text = text.replace(name, shown)
        return text
    if isinstance(value, dict):
        return {name: resolved(each) for name, each in value.items()}
    return [resolved(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_policy_is_small_enough_for_iam(function: str) -> None:
    policy = resolved(policy_of(function))
    assert len(json.dumps(policy, separators=(",", ":"))) < LARGEST_POLICY
