"""A deployment continues from any state that the last one left, or explains in a sentence why it cannot."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from infra.stacks import DeployError, apply, exists, outputs

TEMPLATE: dict[str, Any] = {"Parameters": {"Stage": {}, "AlarmEmail": {}}, "Resources": {}}


class FakeCloudFormation:
    """CloudFormation with one stack.

    fails: waiters that end badly, and with what reason. events: newest first, two on a page. then: the status once
    something was begun.
    """

    def __init__(
        self,
        status: str | None,
        *,
        changes: list[dict[str, Any]] | None = None,
        fails: dict[str, str] | None = None,
        parameters: dict[str, str] | None = None,
        events: list[dict[str, str]] | None = None,
        resources: list[dict[str, str]] | None = None,
        then: str | None = None,
    ) -> None:
        self.status = status
        self.changes = changes or []
        self.fails = fails or {}
        self.parameters = parameters or {}
        self.events = events or []
        self.resources = resources or []
        self.then = then
        self.did: list[str] = []
        self.asked: dict[str, Any] = {}

    def describe_stacks(self, StackName: str) -> Any:
        if self.status is None:
            message = f"Stack with id {StackName} does not exist"
            raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStacks")
        parameters = [{"ParameterKey": k, "ParameterValue": v} for k, v in self.parameters.items()]
        return {"Stacks": [{"StackStatus": self.status, "Parameters": parameters}]}

    def create_change_set(self, **asked: Any) -> None:
        self.asked = asked
        self.did.append("create_change_set")

    def delete_change_set(self, **_: Any) -> None:
        self.did.append("delete_change_set")

    def execute_change_set(self, **_: Any) -> None:
        self._begin("execute_change_set")

    def delete_stack(self, **_: Any) -> None:
        self._begin("delete_stack")

    def continue_update_rollback(self, **_: Any) -> None:
        self._begin("continue_update_rollback")

    def _begin(self, what: str) -> None:
        self.did.append(what)
        self.status = self.then or self.status

    def get_paginator(self, name: str) -> Any:
        pages: dict[str, list[dict[str, Any]]] = {
            "describe_change_set": [{"Changes": [{"ResourceChange": change} for change in self.changes]}],
            "list_stack_resources": [{"StackResourceSummaries": self.resources}],
            "describe_stack_events": [{"StackEvents": self.events[n : n + 2]} for n in range(0, 1000, 2)],
        }

        class Paginator:
            def paginate(self, **_: Any) -> Any:
                return pages[name]

        return Paginator()

    def get_waiter(self, name: str) -> Any:
        fake = self

        class Waiter:
            def wait(self, **_: Any) -> None:
                if name in fake.fails:
                    raise WaiterError(name, "failed", {"StatusReason": fake.fails[name]})

        return Waiter()


def deployed(fake: FakeCloudFormation, *, may_lose: bool = False, **parameters: str) -> FakeCloudFormation:
    apply(fake, "luckygas-dev", TEMPLATE, "https://x", {"Stage": "dev", **parameters}, {}, may_lose=may_lose)
    return fake


@pytest.mark.parametrize(
    ("status", "did", "kind"),
    [
        (None, [], "CREATE"),
        ("REVIEW_IN_PROGRESS", [], "CREATE"),
        ("ROLLBACK_COMPLETE", ["delete_stack"], "CREATE"),
        ("ROLLBACK_FAILED", ["delete_stack"], "CREATE"),
        ("CREATE_COMPLETE", [], "UPDATE"),
        ("UPDATE_ROLLBACK_COMPLETE", [], "UPDATE"),
        ("UPDATE_ROLLBACK_FAILED", ["continue_update_rollback"], "UPDATE"),
    ],
)
def test_a_deployment_continues_after_a_crashed_one(status: str | None, did: list[str], kind: str) -> None:
    fake = deployed(FakeCloudFormation(status))
    assert fake.did == [*did, "create_change_set", "execute_change_set"]
    assert fake.asked["ChangeSetType"] == kind


def test_a_template_without_a_place_is_sent_along() -> None:
    fake = FakeCloudFormation(None)
    apply(fake, "luckygas-dev-edge", TEMPLATE, None, {"Stage": "dev"}, {}, may_lose=False)
    assert json.loads(fake.asked["TemplateBody"]) == TEMPLATE
    assert "TemplateURL" not in fake.asked


@pytest.mark.parametrize(
    ("status", "can_be_stopped"),
    [
        ("CREATE_IN_PROGRESS", False),
        ("UPDATE_IN_PROGRESS", True),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", False),
        ("UPDATE_ROLLBACK_IN_PROGRESS", False),
        ("DELETE_IN_PROGRESS", False),
    ],
)
def test_a_deployment_does_not_start_during_another_one(status: str, *, can_be_stopped: bool) -> None:
    fake = FakeCloudFormation(status)
    with pytest.raises(DeployError, match="another deployment is running") as refusal:
        deployed(fake)
    assert fake.did == []
    # CloudFormation takes the call in this one status alone.
    assert ("cancel-update-stack --stack-name luckygas-dev" in str(refusal.value)) is can_be_stopped


@pytest.mark.parametrize(
    ("status", "waiter", "says"),
    [
        ("ROLLBACK_COMPLETE", "stack_delete_complete", "delete it there"),
        ("UPDATE_ROLLBACK_FAILED", "stack_rollback_complete", "continue-update-rollback"),
    ],
)
def test_a_stack_that_cannot_be_repaired_names_the_remedy(status: str, waiter: str, says: str) -> None:
    events = [
        {"LogicalResourceId": "OrdersTable", "ResourceStatus": "DELETE_FAILED", "ResourceStatusReason": "in use"}
    ]
    fake = FakeCloudFormation(status, fails={waiter: "no"}, events=events)
    with pytest.raises(DeployError, match=says) as refusal:
        exists(fake, "luckygas-dev", {})
    assert "OrdersTable: in use" in str(refusal.value)


def test_resources_that_outlive_a_failed_first_deployment_are_reported() -> None:
    resources = [
        {"LogicalResourceId": "A", "ResourceType": "AWS::DynamoDB::Table", "ResourceStatus": "DELETE_FAILED"},
        {"LogicalResourceId": "B", "ResourceType": "AWS::SQS::Queue", "ResourceStatus": "DELETE_COMPLETE"},
        {"LogicalResourceId": "C", "ResourceType": "AWS::SQS::Queue", "ResourceStatus": "CREATE_FAILED"},
    ]
    for row, name in zip(resources, ("luckygas-dev-orders", "luckygas-dev-sms", ""), strict=True):
        row["PhysicalResourceId"] = name
    fake = FakeCloudFormation("ROLLBACK_FAILED", resources=resources)
    with pytest.raises(DeployError, match=r"deleted, but for luckygas-dev-orders: .* --no-deletion-protection"):
        deployed(fake)
    assert fake.did == ["delete_stack"]


@pytest.mark.parametrize(
    ("before", "waiter", "then"),
    [
        (None, "stack_create_complete", "CREATE_IN_PROGRESS"),
        ("CREATE_COMPLETE", "stack_update_complete", "UPDATE_IN_PROGRESS"),
        ("ROLLBACK_COMPLETE", "stack_delete_complete", "DELETE_IN_PROGRESS"),
        ("UPDATE_ROLLBACK_FAILED", "stack_rollback_complete", "UPDATE_ROLLBACK_IN_PROGRESS"),
    ],
)
def test_an_operation_that_outlasts_the_wait_is_not_reported_as_a_failure(
    before: str | None, waiter: str, then: str
) -> None:
    fake = FakeCloudFormation(before, fails={waiter: "max attempts exceeded"}, then=then)
    with pytest.raises(DeployError, match=f"still {then}, and CloudFormation goes on. .* deploy again") as error:
        deployed(fake)
    assert ("cancel-update-stack" in str(error.value)) is (then == "UPDATE_IN_PROGRESS")


def test_a_deployment_without_changes_is_done() -> None:
    reason = "The submitted information didn't contain changes."
    fake = deployed(FakeCloudFormation("CREATE_COMPLETE", fails={"change_set_create_complete": reason}))
    assert fake.did == ["create_change_set", "delete_change_set"]


def test_a_refused_template_leaves_everything_as_it_was() -> None:
    fake = FakeCloudFormation("CREATE_COMPLETE", fails={"change_set_create_complete": "Template error: X"})
    with pytest.raises(DeployError, match="Template error: X"):
        deployed(fake)
    assert "execute_change_set" not in fake.did


@pytest.mark.parametrize(
    "change",
    [
        {"Action": "Remove", "ResourceType": "AWS::DynamoDB::Table"},
        {"Action": "Modify", "Replacement": "True", "ResourceType": "AWS::SQS::Queue"},
    ],
)
def test_data_is_not_lost_unasked(change: dict[str, str]) -> None:
    fake = FakeCloudFormation("CREATE_COMPLETE", changes=[{"LogicalResourceId": "OrdersTable", **change}])
    with pytest.raises(
        DeployError, match=r"remove OrdersTable .*LOSE=1 takes out .*cannot replace what keeps its"
    ):
        deployed(fake)
    assert fake.did == ["create_change_set", "delete_change_set"]
    assert "execute_change_set" in deployed(fake, may_lose=True).did


def test_a_function_may_be_replaced() -> None:
    change = {"LogicalResourceId": "F", "Action": "Remove", "ResourceType": "AWS::Lambda::Function"}
    assert "execute_change_set" in deployed(FakeCloudFormation("CREATE_COMPLETE", changes=[change])).did


def test_parameters_keep_their_values_and_unknown_ones_are_refused() -> None:
    fake = deployed(FakeCloudFormation("CREATE_COMPLETE", parameters={"AlarmEmail": "a@b.c", "Former": "x"}))
    assert fake.asked["Parameters"] == [
        {"ParameterKey": "Stage", "ParameterValue": "dev"},
        {"ParameterKey": "AlarmEmail", "UsePreviousValue": True},
    ]
    with pytest.raises(DeployError, match="no parameter Alarm; there are AlarmEmail, Stage"):
        deployed(fake, Alarm="x")


def event(name: str, status: str, reason: str = "") -> dict[str, str]:
    return {"LogicalResourceId": name, "ResourceStatus": status, "ResourceStatusReason": reason}


def test_a_failure_names_its_reason_and_the_remaining_steps() -> None:
    events = [event("B", "CREATE_FAILED", "cancelled"), event("A", "CREATE_FAILED", "a already exists")]
    fake = FakeCloudFormation("CREATE_COMPLETE", fails={"stack_update_complete": "x"}, events=events)
    with pytest.raises(DeployError, match="the previous version still runs") as refusal:
        deployed(fake)
    assert str(refusal.value).index("A: a already exists") < str(refusal.value).index("B: cancelled")
    assert "belongs to no stack" in str(refusal.value)


def test_a_failure_is_found_on_any_page_of_events_and_an_older_deployments_is_not_reported() -> None:
    events = [
        event("luckygas-dev", "UPDATE_ROLLBACK_COMPLETE"),
        event("B", "UPDATE_COMPLETE"),
        event("A", "UPDATE_COMPLETE"),
        event("luckygas-dev", "UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed to update: [A]"),
        event("B", "UPDATE_FAILED", "cancelled"),
        event("A", "UPDATE_FAILED", "not today"),
        event("luckygas-dev", "UPDATE_IN_PROGRESS", "User Initiated"),
        event("C", "UPDATE_FAILED", "yesterday's"),
        event("luckygas-dev", "UPDATE_IN_PROGRESS", "User Initiated"),
    ]
    fake = FakeCloudFormation("CREATE_COMPLETE", fails={"stack_update_complete": "x"}, events=events)
    with pytest.raises(DeployError) as refusal:
        deployed(fake)
    assert str(refusal.value).splitlines()[1:] == ["  A: not today", "  B: cancelled"]


def test_a_stack_without_outputs_has_none() -> None:
    assert outputs(FakeCloudFormation("CREATE_COMPLETE"), "x") == {}
