"""Metrics as part of log lines, in CloudWatch's embedded metric format.

CloudWatch reads them from the log, so they cost no extra call or line. One namespace for the stage and no
dimensions: every tenant, user or channel as a dimension would be one more metric to pay for. Logs Insights can
count by those.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from typing import Any, Final

from chalicelib.core.clock import epoch_ms, now
from chalicelib.core.settings import settings

# All metrics and their CloudWatch units. infra/alarms.py and infra/dashboard.py use them.
UNITS: Final = {
    # Connections: open ones, once a minute. Then new and refused ones, and the duration of those that closed.
    "Connections": "Count",
    "Connected": "Count",
    # New connections of a client that had lost one.
    "Reconnected": "Count",
    "ConnectionsRefused": "Count",
    "ConnectionSeconds": "Seconds",
    # Successful sign-ins, and those refused for a wrong password or a limit.
    "SignIns": "Count",
    "SignInsRefused": "Count",
    # Messages from clients. Resumed: subscriptions with a cursor; NotRecovered: those too late for a full replay.
    "Messages": "Count",
    "MessagesRefused": "Count",
    "Resumed": "Count",
    "NotRecovered": "Count",
    # Messages and handshakes that failed on our side: an outage of the database, or an unexpected error.
    "SocketFailures": "Count",
    # Events, and the outcomes of the posts of each batch. FanOutMs: from reading the subscribers to the last post.
    "FanOutEvents": "Count",
    "FanOutSent": "Count",
    "FanOutGone": "Count",
    "FanOutFailed": "Count",
    "FanOutMs": "Milliseconds",
    # The age of the newest change in a batch of a stream when it was handled.
    "StreamLagMs": "Milliseconds",
    # Stream records that cannot be read.
    "RecordsSetAside": "Count",
    # SmsFailed is 0 for an SMS that was sent, so its average is the failure rate.
    "SmsSent": "Count",
    "SmsFailed": "Count",
    "SmsPostponed": "Count",
    "SmsProviderDown": "Count",
    # SMS that were skipped because a day's cap was reached.
    "SmsCapped": "Count",
    # Stored rows that their model cannot parse; each read of one counts.
    "RowsUnreadable": "Count",
}


def measured(**values: float) -> dict[str, Any]:
    """Fields for a log line's `extra` that add metrics to it. Raises KeyError for a name not in UNITS."""
    directive = {
        "Namespace": f"luckygas-{settings().stage}",
        "Dimensions": [[]],
        "Metrics": [{"Name": name, "Unit": UNITS[name]} for name in values],
    }
    return {"_aws": {"Timestamp": epoch_ms(now()), "CloudWatchMetrics": [directive]}, **values}
