"""A log group with a retention for every function, and saved queries.

Lambda would create a group at the first line and never delete it; the roles here do not allow that.
"""

from typing import Any, Final

from infra.kinds import Resources, functions

# Days. Long enough to check last month's bill; the lines have only ids of people.
_RETENTION: Final = {"Fn::If": ["IsProd", 90, 14]}

# By name: the query after `fields @timestamp, @log` in Logs Insights.
QUERIES: Final = {
    "one-correlation-id": 'message, level, status, ms | filter correlation_id = "…" | sort @timestamp',
    "one-order": 'message, correlation_id, status, event_type | filter @message like "01…" | sort @timestamp',
    # Also Lambda's own messages, because a function that ran out of time or memory logs nothing.
    "errors": (
        "message, correlation_id, exception, @message"
        r' | filter level = "ERROR" or @message like /Task timed out|\[ERROR\]|Runtime\./ | sort @timestamp desc'
    ),
    "slowest-requests": 'route, method, ms | filter message = "request_done" | sort ms desc | limit 50',
    "refusals": "code | filter ispresent(code) | stats count() as n by code, route, type | sort n desc",
    "slowest-fan-outs": 'event_type, sent, ms | filter message = "fan_out_done" | sort ms desc | limit 50',
    "texts-not-sent": "notification_id, status, error | filter message like /sms_(not_sent|postponed)/",
    "cold-starts": "@initDuration | filter ispresent(@initDuration) | stats count(), avg(@initDuration) by @log",
}


def group_of(function: str) -> str:
    """The logical id of a function's log group."""
    return f"{function}Logs"


def log_groups(resources: Resources) -> dict[str, Any]:
    """Adds the groups and configures the functions to use them: a group must exist before its function runs."""
    made = {}
    for name, function in functions(resources).items():
        function["LoggingConfig"] = {"LogGroup": {"Ref": group_of(name)}}
        made[group_of(name)] = {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {
                "LogGroupName": {"Fn::Sub": f"/aws/lambda/luckygas-${{Stage}}-{name}"},
                "RetentionInDays": _RETENTION,
            },
        }
    return made


def saved_queries(resources: Resources) -> dict[str, Any]:
    """`QUERIES` over all groups, in a folder of the stage in Logs Insights."""
    groups = [{"Ref": group_of(name)} for name in functions(resources)]
    return {
        f"Query{''.join(word.title() for word in name.split('-'))}": {
            "Type": "AWS::Logs::QueryDefinition",
            "Condition": "OnAws",  # the emulator has no such resource
            "Properties": {
                "Name": {"Fn::Sub": f"luckygas-${{Stage}}/{name}"},
                "LogGroupNames": groups,
                "QueryString": f"fields @timestamp, @log, {asked}",
            },
        }
        for name, asked in QUERIES.items()
    }
