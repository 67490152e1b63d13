"""Splits the template into two stacks: the data, which must never be lost, and the functions.

With separate stacks a failed deployment of functions cannot affect a table, and the functions' stack may even be
deleted and created again. infra/resources.json describes both together. A reference from the functions to the data
becomes a parameter of their stack, whose value is an output of the data stack.
"""

import json
import re
from typing import Any, Final, NamedTuple

from infra.template import Template

STATEFUL: Final = frozenset(
    {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::SQS::Queue"},
)
_IN_TEXT: Final = re.compile(r"\$\{(\w+)(?:\.(\w+))?\}")


class Stacks(NamedTuple):
    """The two templates. data has no transform, so CloudFormation uses it unchanged."""

    data: Template
    application: Template


def split(template: Template) -> Stacks:
    """The parts of a finished template."""
    resources: dict[str, Any] = template["Resources"]
    stateful = {name: each for name, each in resources.items() if each["Type"] in STATEFUL}
    run = {name: each for name, each in resources.items() if name not in stateful}
    referred: dict[str, Any] = {}
    application = {**template, "Resources": run}
    for section in ("Resources", "Globals", "Outputs", "Conditions"):
        if section in application:
            application[section] = _with_parameters(application[section], stateful, referred)
    using = [application.get(section, {}) for section in ("Resources", "Globals", "Outputs")]
    if "Conditions" in application:
        application["Conditions"] = _used(application["Conditions"], *using)
    application["Parameters"] = {
        **_used(template.get("Parameters", {}), *using, application.get("Conditions", {})),
        **{name: {"Type": "String", "Description": "Of the data stack"} for name in sorted(referred)},
    }
    conditions = _used(template.get("Conditions", {}), stateful)
    data = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Parameters": _used(template.get("Parameters", {}), stateful, conditions),
        "Conditions": conditions,
        "Resources": stateful,
        "Outputs": {name: {"Value": referred[name]} for name in sorted(referred)},
    }
    return Stacks({name: section for name, section in data.items() if section}, application)


def _with_parameters(node: Any, stateful: dict[str, Any], referred: dict[str, Any]) -> Any:
    """The node with parameters in place of references to data resources, which are added to `referred`."""
    if isinstance(node, list):
        return [_with_parameters(each, stateful, referred) for each in node]
    if not isinstance(node, dict):
        return node
    if len(node) == 1:
        [(function, argument)] = node.items()
        if function == "Ref" and argument in stateful:
            return {"Ref": _parameter(argument, None, referred)}
        if function == "Fn::GetAtt" and argument[0] in stateful:
            name, attribute = argument
            return {"Ref": _parameter(name, attribute, referred)}
        if function == "Fn::Sub" and isinstance(argument, str):
            return {function: _IN_TEXT.sub(lambda found: _replaced_reference(found, stateful, referred), argument)}
    return {name: _with_parameters(each, stateful, referred) for name, each in node.items()}


def _replaced_reference(found: "re.Match[str]", stateful: dict[str, Any], referred: dict[str, Any]) -> str:
    name, attribute = found.groups()
    return f"${{{_parameter(name, attribute, referred)}}}" if name in stateful else found[0]


def _parameter(name: str, attribute: str | None, referred: dict[str, Any]) -> str:
    parameter = f"{name}{attribute or 'Ref'}"
    referred[parameter] = {"Ref": name} if attribute is None else {"Fn::GetAtt": [name, attribute]}
    return parameter


def _used(section: dict[str, Any], *by: Any) -> dict[str, Any]:
    """The entries of a section that `by` refers to."""
    text = json.dumps(by)
    ways = ('"Ref": "%s"', '"Fn::If": ["%s"', '"Condition": "%s"', "${%s}")
    return {name: each for name, each in section.items() if any(way % name in text for way in ways)}
