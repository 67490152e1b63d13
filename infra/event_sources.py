"""How functions take from streams and queues, where infra/resources.json says nothing else.

Chalice has settings for four of these. As rules, so that no new function goes without.
"""

from typing import Any, Final

from infra.kinds import Resources, sources

# One bad record is split off its batch, tried again for an hour, and parked. Repeats are harmless. The age is to
# end it, so tries are as many as Lambda takes: ten may be over within minutes.
_STREAM: Final[dict[str, Any]] = {
    "BisectBatchOnFunctionError": True,
    "MaximumRetryAttempts": 10_000,
    "MaximumRecordAgeInSeconds": 3600,
    "ParallelizationFactor": 4,
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
}
# From the first record: Lambda begins to read minutes after it says so, and with LATEST whatever happened until
# then is nobody's. After a function was made anew it reads what it had followed before, which is harmless, too.
_LASTING: Final[dict[str, Any]] = {
    "StartingPosition": "TRIM_HORIZON",
    "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["StreamDeadLetterQueue", "Arn"]}}},
}
# Where records are worth nothing after so many seconds, nobody wants old ones, or is to be woken for lost ones.
_FLEETING_SECONDS: Final = 60
_FLEETING: Final[dict[str, Any]] = {"StartingPosition": "LATEST"}
_QUEUE: Final[dict[str, Any]] = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}


def settle(resources: Resources) -> None:
    """Gives every event source what it has not been given, and a stream's where it begins."""
    for _, source in sources(resources, "SQS"):
        _give(source, _QUEUE)
    for _, source in sources(resources, "DynamoDB"):
        # Chalice's own, of which nobody can tell whether it was meant.
        source.pop("StartingPosition", None)
        _give(source, _STREAM)
        _give(source, _FLEETING if source["MaximumRecordAgeInSeconds"] <= _FLEETING_SECONDS else _LASTING)


def _give(source: dict[str, Any], settings: dict[str, Any]) -> None:
    for name, value in settings.items():
        source.setdefault(name, value)
