"""Splitting the template into two stacks: the data stack has no functions, and no resource is lost."""

import json
import re
from typing import Any

from infra.split import STATEFUL, split

Template = dict[str, Any]


def references(node: Any) -> set[str]:
    """All names that a template refers to by Ref, GetAtt, Sub or Condition."""
    found: set[str] = set()
    if isinstance(node, list):
        return found.union(*(references(each) for each in node))
    if isinstance(node, dict):
        for name, each in node.items():
            if name in ("Ref", "Condition") and isinstance(each, str):
                found.add(each)
            elif name == "Fn::GetAtt":
                found.add(each[0])
            elif name == "Fn::If":
                found |= {each[0]} | references(each[1:])
            elif name == "Fn::Sub":
                text, given = (each, {}) if isinstance(each, str) else each
                found |= set(re.findall(r"\$\{(\w+)[.}]", text)) - given.keys() | references(given)
            else:
                found |= references(each)
    return found


def test_each_stack_has_all_resources_or_parameters_that_it_refers_to(template: Template) -> None:
    for part in split(template):
        there = {*part["Resources"], *part["Parameters"], *part["Conditions"], "RestAPI.Stage"}
        referred = references([part.get(section, {}) for section in ("Resources", "Globals", "Outputs")])
        assert {name for name in referred - there if not name.startswith("AWS::")} == set()


def test_every_resource_is_in_one_of_them(template: Template) -> None:
    data, application = split(template)
    assert {**data["Resources"], **application["Resources"]}.keys() == template["Resources"].keys()
    assert {each["Type"] for each in data["Resources"].values()} == STATEFUL
    assert not {each["Type"] for each in application["Resources"].values()} & STATEFUL


def test_the_functions_parameters_are_the_data_stacks_outputs(template: Template) -> None:
    data, application = split(template)
    expected = application["Parameters"].keys() - template["Parameters"].keys()
    # Only the data stack has this parameter.
    assert template["Parameters"].keys() - application["Parameters"].keys() == {"Protected"}
    assert "IsProtected" not in application["Conditions"]
    assert expected == data["Outputs"].keys()
    assert data["Outputs"]["OrdersTableStreamArn"]["Value"] == {"Fn::GetAtt": ["OrdersTable", "StreamArn"]}
    source = application["Resources"]["OrdersStream"]["Properties"]["Events"]["OrdersStreamDynamodbEventSource"]
    assert source["Properties"]["Stream"] == {"Ref": "OrdersTableStreamArn"}


def test_data_stands_by_itself(template: Template) -> None:
    data, _ = split(template)
    assert set(data["Parameters"]) == {"Stage", "Protected"}
    assert "Transform" not in data
    assert "Globals" not in data


def test_splitting_changes_nothing_else(template: Template) -> None:
    before = json.dumps(template)
    split(template)
    assert json.dumps(template) == before
