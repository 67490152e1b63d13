"""Creates and updates CloudFormation's stacks, from any state that the last deployment left."""

import json
import secrets
from collections.abc import Collection, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError, WaiterError

from infra.split import STATEFUL
from infra.template import Template


class DeployError(RuntimeError):
    """The deployment failed or must not be started; the message has the reason and what to do."""


# Statuses after a failed first deployment; such a stack can only be deleted.
_ONLY_TO_DELETE: Final = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED", "CREATE_FAILED"})
# The stack has only a change set that was never executed, and no resource.
_NOTHING_YET: Final = "REVIEW_IN_PROGRESS"
# The most bytes of a template in a request, instead of in S3,
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MAX_BODY: Final = 51_200
_NO_CHANGES: Final = ("didn't contain changes", "No updates are to be performed")


def exists(cloudformation: Any, stack: str, pace: Mapping[str, Any]) -> bool:
    """Whether the stack exists and can be updated. A half-finished one is first repaired or deleted.

    Raises DeployError while another deployment runs, or if the operator must act.
    """
    status = _status(cloudformation, stack)
    if status is None or status == _NOTHING_YET:
        return False
    if status in _ONLY_TO_DELETE:
        _delete(cloudformation, stack, pace)
        return False
    if status == "UPDATE_ROLLBACK_FAILED":
        _finish_rollback(cloudformation, stack, pace)
    elif status.endswith("_IN_PROGRESS"):
        raise DeployError(f"{stack} is {status}: another deployment is running. Wait{_cancel_hint(stack, status)}")
    return True


def _cancel_hint(stack: str, status: str) -> str:
    """How to cancel the running operation, if CloudFormation supports it."""
    if status != "UPDATE_IN_PROGRESS":
        return ""
    return f", or stop that with `aws cloudformation cancel-update-stack --stack-name {stack}`"


def apply(
    cloudformation: Any,
    stack: str,
    template: Template,
    url: str | None,
    parameters: Mapping[str, str],
    pace: Mapping[str, Any],
    *,
    may_lose: bool,
) -> None:
    """Creates or updates the stack by a change set and waits for the end.

    url: of the template; None to send it in the request (up to MAX_BODY). parameters: those to set; others retain
    their value or default. may_lose: whether tables, buckets and queues may be removed or replaced. Raises
    DeployError; then the stack is unchanged, or its operation is still running.
    """
    there = exists(cloudformation, stack, pace)
    name = f"deploy-{secrets.token_hex(6)}"
    cloudformation.create_change_set(
        StackName=stack,
        ChangeSetName=name,
        ChangeSetType="UPDATE" if there else "CREATE",
        **({"TemplateURL": url} if url else {"TemplateBody": json.dumps(template)}),
        Parameters=_parameters(template, parameters_of(cloudformation, stack) if there else {}, parameters),
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Tags=[{"Key": "app", "Value": "luckygas"}],
    )
    which = {"StackName": stack, "ChangeSetName": name}
    try:
        cloudformation.get_waiter("change_set_create_complete").wait(**which, WaiterConfig=dict(pace))
    except WaiterError as error:
        reason = error.last_response.get("StatusReason", str(error))
        cloudformation.delete_change_set(**which)
        if there and any(words in reason for words in _NO_CHANGES):
            return
        raise DeployError(f"CloudFormation refused the template of {stack}: {reason}") from error
    lost = _endangered_resources(cloudformation, which)
    if lost and not may_lose:
        cloudformation.delete_change_set(**which)
        raise DeployError(
            f"{stack} would replace or remove {', '.join(lost)} with all data: undo the change to a name, a key"
            " or an index. LOSE=1 takes out of the stack what is no longer in the template. It cannot replace what"
            " keeps its name: CloudFormation makes the new one first, so give that another name"
        )
    cloudformation.execute_change_set(**which)
    try:
        _wait(cloudformation, "stack_update_complete" if there else "stack_create_complete", stack, pace)
    except WaiterError as error:
        began = "UPDATE_IN_PROGRESS" if there else "CREATE_IN_PROGRESS"
        raise DeployError(_failure_message(stack, _reasons(cloudformation, stack, began), there)) from error


def protect(cloudformation: Any, stack: str) -> None:
    """Protects the stack from deletion."""
    cloudformation.update_termination_protection(StackName=stack, EnableTerminationProtection=True)


def outputs(cloudformation: Any, stack: str) -> dict[str, str]:
    """The stack's outputs."""
    found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", [])
    return {each["OutputKey"]: each["OutputValue"] for each in found}


def parameters_of(cloudformation: Any, stack: str) -> dict[str, str]:
    """The parameters of the stack's last deployment; empty if it does not exist or is to be deleted."""
    try:
        found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if _is_missing(error):
            return {}
        raise
    if found["StackStatus"] in _ONLY_TO_DELETE:
        return {}
    return {each["ParameterKey"]: each["ParameterValue"] for each in found.get("Parameters", [])}


def resources_of(cloudformation: Any, stack: str) -> dict[str, str]:
    """Logical id → physical id."""
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    rows = [row for page in pages for row in page["StackResourceSummaries"]]
    return {row["LogicalResourceId"]: row.get("PhysicalResourceId", "") for row in rows}


def _parameters(template: Template, before: Collection[str], supplied: Mapping[str, str]) -> list[dict[str, Any]]:
    known = template.get("Parameters", {})
    unknown = sorted(set(supplied) - set(known))
    if unknown:
        raise DeployError(f"there is no parameter {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    unchanged = sorted(set(before) & set(known) - set(supplied))
    return [
        *({"ParameterKey": name, "ParameterValue": value} for name, value in supplied.items()),
        # Without this the next deployment would reset the values to their defaults.
        *({"ParameterKey": name, "UsePreviousValue": True} for name in unchanged),
    ]


def _endangered_resources(cloudformation: Any, which: Mapping[str, str]) -> list[str]:
    """Tables, buckets and queues that a change set replaces or removes."""
    found = []
    pages = cloudformation.get_paginator("describe_change_set").paginate(**which)
    for change in (change["ResourceChange"] for page in pages for change in page["Changes"]):
        is_lost = change["Action"] == "Remove" or change.get("Replacement") == "True"
        if is_lost and change["ResourceType"] in STATEFUL:
            found.append(change["LogicalResourceId"])
    return sorted(found)


def _status(cloudformation: Any, stack: str) -> str | None:
    try:
        return str(cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])
    except ClientError as error:
        if _is_missing(error):
            return None
        raise


def _is_missing(error: ClientError) -> bool:
    answer = error.response["Error"]
    return answer["Code"] == "ValidationError" and "does not exist" in answer.get("Message", "")


def _wait(cloudformation: Any, waiter: str, stack: str, pace: Mapping[str, Any]) -> None:
    """Raises WaiterError if the operation failed, DeployError if it has not ended in time."""
    try:
        cloudformation.get_waiter(waiter).wait(StackName=stack, WaiterConfig=dict(pace))
    except WaiterError as error:
        status = _status(cloudformation, stack) or ""
        if not status.endswith("_IN_PROGRESS"):
            raise
        raise DeployError(
            f"{stack} is still {status}, and CloudFormation goes on. Wait until it has ended, and"
            f" deploy again{_cancel_hint(stack, status)}"
        ) from error


def _delete(cloudformation: Any, stack: str, pace: Mapping[str, Any]) -> None:
    surviving = _surviving_tables(cloudformation, stack)
    cloudformation.delete_stack(StackName=stack)
    try:
        _wait(cloudformation, "stack_delete_complete", stack, pace)
    except WaiterError as error:
        raise DeployError(
            f"what is left of {stack} cannot be deleted: look at its events in CloudFormation, delete it there"
            f" keeping what does not go, and deploy again\n{_reasons(cloudformation, stack, 'DELETE_IN_PROGRESS')}"
        ) from error
    if surviving:
        raise DeployError(
            f"what was left of {stack} is deleted, but for {', '.join(surviving)}: what holds data stays when its"
            " stack goes. Nothing was deployed. Where that was a first deployment they are empty: delete them (a"
            " protected table after `aws dynamodb update-table --no-deletion-protection-enabled --table-name …`)."
            ' Else import them (CloudFormation, "import resources"). Then deploy again'
        )


def _surviving_tables(cloudformation: Any, stack: str) -> list[str]:
    """Names of tables, buckets and queues that the stack still has, to retain them when it is deleted."""
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    rows = [row for page in pages for row in page["StackResourceSummaries"]]
    there = [row for row in rows if row["ResourceType"] in STATEFUL and row["ResourceStatus"] != "DELETE_COMPLETE"]
    # A bucket's policy is deleted with it; a resource that was never created has no name.
    named = [row.get("PhysicalResourceId") for row in there if row["ResourceType"] != "AWS::S3::BucketPolicy"]
    return sorted(filter(None, named))


def _finish_rollback(cloudformation: Any, stack: str, pace: Mapping[str, Any]) -> None:
    cloudformation.continue_update_rollback(StackName=stack)
    try:
        _wait(cloudformation, "stack_rollback_complete", stack, pace)
    except WaiterError as error:
        raise DeployError(
            f"{stack} could not be rolled back: repair what its events name, or go on without it with `aws"
            f" cloudformation continue-update-rollback --stack-name {stack} --resources-to-skip …`, and deploy"
            f" again\n{_reasons(cloudformation, stack, 'UPDATE_ROLLBACK_IN_PROGRESS')}"
        ) from error


def _failure_message(stack: str, reasons: str, there: bool) -> str:
    after = (
        "the previous version still runs" if there else "no resource is left, or the next deployment deletes it"
    )
    clash = (
        "\nA resource of that name belongs to no stack, perhaps because one was deleted: import it into the stack,"
        " or delete it if nothing in it is needed"
    )
    return f"{stack} was not deployed, {after}:\n{reasons}{clash if 'already exists' in reasons else ''}"


def _reasons(cloudformation: Any, stack: str, began: str) -> str:
    """Why resources failed, the first failure first, since the stack itself was last in the status `began`."""
    failed: list[str] = []
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
    for event in (event for page in pages for event in page["StackEvents"]):  # newest first
        if event["LogicalResourceId"] == stack and event["ResourceStatus"] == began:
            break
        if event["ResourceStatus"].endswith("_FAILED"):
            failed.append(f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}")
    return "\n".join(reversed(failed)) or "  CloudFormation gives no reason"
