"""How functions take from streams and queues, where infra/resources.json says nothing else.

Chalice has settings for four of these. As rules, so that no new function goes without.
"""

from typing import Any, Final

from infra.kinds import Resources, sources

# One bad record is split off its batch, tried again for up to an hour, and parked. Repeats are harmless.
_STREAM: Final[dict[str, Any]] = {
    "BisectBatchOnFunctionError": True,
    "MaximumRetryAttempts": 10,
    "MaximumRecordAgeInSeconds": 3600,
    "ParallelizationFactor": 4,
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["StreamDeadLetterQueue", "Arn"]}}},
}
_QUEUE: Final[dict[str, Any]] = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}


def settle(resources: Resources) -> None:
    """Gives every event source what it has not been given."""
    for kind, settings in (("DynamoDB", _STREAM), ("SQS", _QUEUE)):
        for _, source in sources(resources, kind):
            for name, value in settings.items():
                source.setdefault(name, value)
