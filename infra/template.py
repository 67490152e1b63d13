"""Completes Chalice's template after `infra/resources.json` has been merged into it.

Pure functions from template to template, without files and AWS.
"""

import copy
from itertools import pairwise
from typing import Any, Final

from infra.alarms import alarms
from infra.dashboard import dashboard
from infra.event_sources import apply_queue_defaults
from infra.gateway_responses import gateway_responses
from infra.kinds import functions, indexed_tables, layers
from infra.log_groups import log_groups, saved_queries
from infra.other_methods import refuse_other_methods
from infra.stream_functions import apply_stream_defaults, undeclared_streams

Template = dict[str, Any]

API_HANDLER: Final = "chalicelib.api.on_demand.handle"


class TemplateError(RuntimeError):
    """The merged template cannot be deployed; the message tells what to change."""


def finished(merged: Template) -> Template:
    """The template for AWS and for the local stack.

    Raises TemplateError if resources.json has a function that app.py does not have, and for a stream function
    without a declaration.
    """
    template = copy.deepcopy(merged)
    resources = template["Resources"]
    _reject_unknown_resources(resources)
    _refuse_undeclared_streams(resources)
    _prefer_our_queues(resources)
    if "RestAPI" in resources:
        # Chalice's default handler is app.py, which imports everything.
        resources["APIHandler"]["Properties"]["Handler"] = API_HANDLER
        api = resources["RestAPI"]["Properties"]
        api["GatewayResponses"] = gateway_responses()
        refuse_other_methods(api["DefinitionBody"])
        # The name of its metrics; two stages may share an account.
        api["DefinitionBody"]["info"]["title"] = {"Fn::Sub": "luckygas-${Stage}"}
    if "WebsocketAPIStage" in resources:
        # CloudFormation would never replace Chalice's deployment, so later routes would not become available.
        resources.pop("WebsocketAPIDeployment", None)
        stage = resources["WebsocketAPIStage"]["Properties"]
        stage.pop("DeploymentId", None)
        stage["AutoDeploy"] = True
        # A deployment needs the routes first.
        routes = [name for name, each in resources.items() if each["Type"] == "AWS::ApiGatewayV2::Route"]
        resources["WebsocketAPIStage"]["DependsOn"] = routes
    _create_in_sequence(resources, indexed_tables(resources))
    apply_queue_defaults(resources)
    apply_stream_defaults(resources)
    for made in (log_groups, saved_queries, alarms, dashboard):
        resources |= made(resources)
    return template


def without_layers(template: Template) -> Template:
    """The template for functions that use a virtual environment, as on the local stack."""
    bare = copy.deepcopy(template)
    for name in layers(bare["Resources"]):
        del bare["Resources"][name]
    for function in functions(bare["Resources"]).values():
        function.pop("Layers", None)
    return bare


def with_code(template: Template, bucket: str, key: str, layer_key: str | None = None) -> Template:
    """The template with every function's code at s3://bucket/key, and the layer's at s3://bucket/layer_key."""
    located = copy.deepcopy(template)
    for function in functions(located["Resources"]).values():
        function["CodeUri"] = {"Bucket": bucket, "Key": key}
    for layer in layers(located["Resources"]).values():
        layer["ContentUri"] = {"Bucket": bucket, "Key": layer_key}
    return located


def _prefer_our_queues(resources: dict[str, Any]) -> None:
    """Removes Chalice's Fn::Sub of a queue's name, which its merge leaves beside our Fn::GetAtt.

    With Fn::GetAtt the queue is created before the function's event source.
    """
    for resource in resources.values():
        for source in resource.get("Properties", {}).get("Events", {}).values():
            queue = source.get("Properties", {}).get("Queue")
            if isinstance(queue, dict) and "Fn::GetAtt" in queue:
                queue.pop("Fn::Sub", None)


def _create_in_sequence(resources: dict[str, Any], names: list[str]) -> None:
    """Makes CloudFormation create these tables in sequence: DynamoDB creates few tables with indexes at a time."""
    for before, name in pairwise(names):
        resources[name]["DependsOn"] = before


def _refuse_undeclared_streams(resources: dict[str, Any]) -> None:
    """Raises TemplateError for a stream function without `@stream`: it has no policy and stops at a bad record."""
    undeclared = undeclared_streams(resources)
    if undeclared:
        raise TemplateError(
            f"{', '.join(undeclared)} follows a stream: declare it with @stream (chalicelib/consumers/stream.py)"
            " and import its module in infra/stream_functions.py"
        )


def _reject_unknown_resources(resources: dict[str, Any]) -> None:
    """Raises TemplateError for a resource without a type, which Chalice did not generate."""
    unknown = sorted(name for name, resource in resources.items() if "Type" not in resource)
    if unknown:
        raise TemplateError(
            f"infra/resources.json has settings for {', '.join(unknown)}, but app.py registers no such function"
        )
    for name, resource in resources.items():
        for event, source in resource.get("Properties", {}).get("Events", {}).items():
            if "Type" not in source:
                raise TemplateError(f"infra/resources.json has settings for {name}'s event {event}: no such event")
