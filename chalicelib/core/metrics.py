"""Metrics, inside the log lines that there are anyway: CloudWatch's embedded metric format.

CloudWatch reads them out of the log, so they cost no call and no line more. One namespace for the stage and no
dimensions: each tenant, user or channel as one would be another metric to pay for; Logs Insights counts by those.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from typing import Any, Final

from chalicelib.core.clock import epoch_ms, now
from chalicelib.core.settings import settings

# All that there are, with CloudWatch's units. infra/alarms.py and infra/dashboard.py use them.
UNITS: Final = {
    # Open ones, once a minute; then those that came, were refused, and how long those that left had stayed.
    "Connections": "Count",
    "Connected": "Count",
    # Of those, by a client that said that it had lost a connection.
    "Reconnected": "Count",
    "ConnectionsRefused": "Count",
    "ConnectionSeconds": "Seconds",
    # Passwords that were right, and sign-ins that were refused: for a wrong password, or for a limit.
    "SignIns": "Count",
    "SignInsRefused": "Count",
    # What clients said. Resumed: they came back to a channel with a cursor; NotRecovered: too late for a replay.
    "Messages": "Count",
    "MessagesRefused": "Count",
    "Resumed": "Count",
    "NotRecovered": "Count",
    # Messages and handshakes that failed for our sake: the database is away, or an accident.
    "SocketFailures": "Count",
    # Events, and what became of the posts of each batch. FanOutMs: from looking up listeners to the last.
    "FanOutEvents": "Count",
    "FanOutSent": "Count",
    "FanOutGone": "Count",
    "FanOutFailed": "Count",
    "FanOutMs": "Milliseconds",
    # The age of the newest change in a batch of any stream when it was followed.
    "StreamLagMs": "Milliseconds",
    # Stream records that cannot be read.
    "RecordsSetAside": "Count",
    # SmsFailed is 0 for a text that was sent, so its average is the rate of failures.
    "SmsSent": "Count",
    "SmsFailed": "Count",
    "SmsPostponed": "Count",
    "SmsProviderDown": "Count",
    # Texts that were skipped because a day's cap was reached.
    "SmsCapped": "Count",
    # Stored rows that a read skipped or stopped at because their model cannot read them; each read counts.
    "RowsUnreadable": "Count",
}


def measured(**values: float) -> dict[str, Any]:
    """Fields for a log line's `extra` that make it carry metrics. Raises KeyError for a name not in UNITS."""
    directive = {
        "Namespace": f"luckygas-{settings().stage}",
        "Dimensions": [[]],
        "Metrics": [{"Name": name, "Unit": UNITS[name]} for name in values],
    }
    return {"_aws": {"Timestamp": epoch_ms(now()), "CloudWatchMetrics": [directive]}, **values}
