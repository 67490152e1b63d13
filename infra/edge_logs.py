"""The distribution's access logs in CloudWatch Logs, without anything that can contain a token."""

from typing import Any, Final

from infra.template import Template

_DAYS: Final = 30

# From https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html, without paths
# (display tokens, links), queries (`token`), Referer and Cookie. The behaviour's pattern shows which rows matched.
RECORD_FIELDS: Final = (
    "timestamp(ms)",
    "x-edge-request-id",
    "x-edge-location",
    "cache-behavior-path-pattern",
    "cs-method",
    "sc-status",
    "x-edge-result-type",
    "x-edge-detailed-result-type",
    "sc-content-type",
    "cs-bytes",
    "sc-bytes",
    "time-taken",
    "time-to-first-byte",
    "origin-fbl",
    "c-ip",
    "c-country",
    "cs(User-Agent)",
    "cs-protocol",
    "cs-protocol-version",
    "ssl-protocol",
)


def access_logs() -> dict[str, Template]:
    """The log group and the delivery to it."""
    group = "/aws/vendedlogs/luckygas-${Stage}-edge"
    group_arn = f"arn:aws:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:{group}"
    distribution_arn = "arn:aws:cloudfront::${AWS::AccountId}:distribution/${Distribution}"
    name = {"Fn::Sub": "luckygas-${Stage}-edge"}
    # CloudWatch adds it by itself only if the deploying principal may change resource policies.
    policy = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow",'
        '"Principal":{"Service":"delivery.logs.amazonaws.com"},'
        '"Action":["logs:CreateLogStream","logs:PutLogEvents"],'
        f'"Resource":"{group_arn}:*",'
        '"Condition":{"StringEquals":{"aws:SourceAccount":"${AWS::AccountId}"}}}]}'
    )
    resources: dict[str, tuple[str, dict[str, Any]]] = {
        "AccessLogs": ("LogGroup", {"LogGroupName": {"Fn::Sub": group}, "RetentionInDays": _DAYS}),
        "AccessLogsPolicy": ("ResourcePolicy", {"PolicyName": name, "PolicyDocument": {"Fn::Sub": policy}}),
        "AccessLogsSource": (
            "DeliverySource",
            {"Name": name, "ResourceArn": {"Fn::Sub": distribution_arn}, "LogType": "ACCESS_LOGS"},
        ),
        "AccessLogsDestination": (
            "DeliveryDestination",
            {
                "Name": name,
                "DestinationResourceArn": {"Fn::GetAtt": ["AccessLogs", "Arn"]},
                "OutputFormat": "json",
            },
        ),
        "AccessLogsDelivery": (
            "Delivery",
            {
                "DeliverySourceName": {"Ref": "AccessLogsSource"},
                "DeliveryDestinationArn": {"Fn::GetAtt": ["AccessLogsDestination", "Arn"]},
                "RecordFields": list(RECORD_FIELDS),
            },
        ),
    }
    made: dict[str, Template] = {
        logical: {"Type": f"AWS::Logs::{kind}", "Properties": properties}
        for logical, (kind, properties) in resources.items()
    }
    made["AccessLogsDelivery"]["DependsOn"] = "AccessLogsPolicy"
    return made
