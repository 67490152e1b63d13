"""Finds the functions, queues and tables of a template, so that alarms, log groups and others cover all."""

from collections.abc import Iterator
from typing import Any

Resources = dict[str, Any]


def functions(resources: Resources) -> dict[str, Any]:
    """The properties of every function, by logical id."""
    return _of_type(resources, "AWS::Serverless::Function")


def layers(resources: Resources) -> dict[str, Any]:
    """The properties of every layer, by logical id."""
    return _of_type(resources, "AWS::Serverless::LayerVersion")


def queues(resources: Resources) -> dict[str, Any]:
    """The properties of every queue, by logical id."""
    return _of_type(resources, "AWS::SQS::Queue")


def indexed_tables(resources: Resources) -> list[str]:
    """Tables that have indexes."""
    tables = _of_type(resources, "AWS::DynamoDB::Table")
    return [name for name, table in tables.items() if any(key.endswith("SecondaryIndexes") for key in table)]


def sources(resources: Resources, kind: str) -> Iterator[tuple[str, Any]]:
    """(function, properties of the source) of every event source of a kind: `DynamoDB`, `SQS`, `Schedule`."""
    for name, function in functions(resources).items():
        for source in function.get("Events", {}).values():
            if source.get("Type") == kind:
                yield name, source["Properties"]


def dead_letter_queues(resources: Resources) -> list[str]:
    """Queues without a consumer: dead-letter queues of other queues or of functions."""
    listened_to = {source["Queue"]["Fn::GetAtt"][0] for _, source in sources(resources, "SQS")}
    return [name for name in queues(resources) if name not in listened_to]


def work_queues(resources: Resources) -> list[str]:
    """Queues with a function as consumer."""
    dead = dead_letter_queues(resources)
    return [name for name in queues(resources) if name not in dead]


def _of_type(resources: Resources, kind: str) -> dict[str, Any]:
    return {name: each["Properties"] for name, each in resources.items() if each.get("Type") == kind}
