"""Every function and queue has alarms, logs and limits, and every alarm an entry in docs/operations.md."""

import copy
import json
import re
from typing import Any

import pytest

import app
from chalicelib.core.metrics import UNITS
from chalicelib.models.base import Table
from infra import kinds
from infra.alarms import HEALTH, RULES
from infra.packaging import ROOT
from infra.policies import function_permissions, policy
from infra.template import TemplateError, finished

assert app.app.routes, "all models are imported"

Template = dict[str, Any]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


def of_type(template: Template, kind: str) -> dict[str, Any]:
    return {n: r["Properties"] for n, r in template["Resources"].items() if r["Type"] == f"AWS::{kind}"}


def watched_by(template: Template, rule: str) -> set[str]:
    """Whose alarms a rule made."""
    prefix = f"luckygas-${{Stage}}-{rule}-"
    names = [alarm["AlarmName"]["Fn::Sub"] for alarm in of_type(template, "CloudWatch::Alarm").values()]
    return {name.removeprefix(prefix) for name in names if name.startswith(prefix)}


def test_every_alarm_has_an_entry_in_the_runbook_and_every_entry_an_alarm() -> None:
    runbook = OPERATIONS.split("\n## Alarms\n")[1].split("\n## ")[0]
    entries = re.findall(r"^### ([a-z-]+)$", runbook, re.MULTILINE)
    assert entries == [HEALTH, *RULES]


def test_an_alarm_links_to_its_runbook_entry(template: Template) -> None:
    # All alarms, from rules and from infra/resources.json.
    entries = set(re.findall(r"^### ([a-z-]+)$", OPERATIONS, re.MULTILINE))
    kinds_of_alarms = ("CloudWatch::Alarm", "CloudWatch::CompositeAlarm")
    for alarm in (each for kind in kinds_of_alarms for each in of_type(template, kind).values()):
        rule = alarm["AlarmDescription"].rsplit("#", 1)[1]
        assert rule in entries
        assert alarm["AlarmName"]["Fn::Sub"].startswith(f"luckygas-${{Stage}}-{rule}")


def test_each_function_and_queue_is_watched(template: Template) -> None:
    resources = template["Resources"]
    assert watched_by(template, "function-errors") == set(kinds.functions(resources))
    assert watched_by(template, "stream-behind") == {name for name, _ in kinds.sources(resources, "DynamoDB")}
    scheduled = {name for name, _ in kinds.sources(resources, "Schedule")}
    missed = ("minute-missed", "overdue-missed", "hour-missed")
    assert set().union(*(watched_by(template, rule) for rule in missed)) == scheduled
    dead = {"SmsDeadLetterQueue", "ImportDeadLetterQueue", "StreamDeadLetterQueue"}
    assert watched_by(template, "dead-letters") == dead | set(kinds.dead_letter_queues(resources))
    assert watched_by(template, "queue-old") == set(kinds.queues(resources)) - dead


def test_a_function_that_is_new_is_watched_by_itself() -> None:
    function = {"Type": "AWS::Serverless::Function", "Properties": {}}
    resources = finished({"Resources": {"NewFunction": function}})["Resources"]
    assert resources["FunctionErrorsNewFunctionAlarm"]
    assert resources["NewFunction"]["Properties"]["LoggingConfig"] == {"LogGroup": {"Ref": "NewFunctionLogs"}}


def test_a_streams_function_gets_what_it_declares_and_its_alarm() -> None:
    from_chalice = {"Stream": "arn:placeholder", "StartingPosition": "LATEST"}
    merged = {"Resources": {name: _following(dict(from_chalice)) for name in ("OrdersStream", "PositionsStream")}}
    before = copy.deepcopy(merged)
    resources = finished(merged)["Resources"]
    assert merged == before
    lasting, fleeting = (
        resources[name]["Properties"]["Events"]["Source"]["Properties"] for name in merged["Resources"]
    )
    assert resources["StreamBehindOrdersStreamAlarm"]
    assert lasting["Stream"] == {"Fn::GetAtt": ["OrdersTable", "StreamArn"]}
    assert lasting["BisectBatchOnFunctionError"] is True
    assert lasting["StartingPosition"] == "TRIM_HORIZON"
    assert lasting["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0] == "StreamDeadLetterQueue"
    # Old positions are useless, whether they are from before the start or failed.
    assert (fleeting["MaximumRecordAgeInSeconds"], fleeting["StartingPosition"]) == (60, "LATEST")
    assert "DestinationConfig" not in fleeting


def test_a_streams_function_that_is_not_declared_is_refused() -> None:
    with pytest.raises(TemplateError, match="NewStream follows a stream: declare it"):
        finished({"Resources": {"NewStream": _following({"Stream": "arn:placeholder"})}})


def _following(properties: dict[str, Any]) -> dict[str, Any]:
    events = {"Source": {"Type": "DynamoDB", "Properties": properties}}
    return {"Type": "AWS::Serverless::Function", "Properties": {"Events": events}}


def test_health_is_over_all_alarms_and_within_cloudwatchs_limits(template: Template) -> None:
    [health] = of_type(template, "CloudWatch::CompositeAlarm").values()
    named = [part["Fn::Sub"] for part in health["AlarmRule"]["Fn::Join"][1]]
    alarms = of_type(template, "CloudWatch::Alarm")
    assert named == [f'ALARM("${{{name}}}")' for name in alarms]
    assert len(named) <= 100
    written = [alarm["AlarmName"]["Fn::Sub"].replace("${Stage}", "local") for alarm in alarms.values()]
    assert len(" OR ".join(f'ALARM("{name}")' for name in written)) <= 10_240


def test_the_cost_of_alarms_and_metrics_is_in_the_document(template: Template) -> None:
    count = len(of_type(template, "CloudWatch::Alarm"))
    expected = f"{count} alarms at $0.10, {len(UNITS)} metrics of our own at $0.30"
    assert expected in (ROOT / "docs" / "cost.md").read_text(), expected


def test_every_alarm_notifies_the_topic(template: Template) -> None:
    for name, alarm in of_type(template, "CloudWatch::Alarm").items():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "AlarmTopic"}], name


def test_the_dashboard_shows_all_alarms_functions_and_queues(template: Template) -> None:
    [dashboard] = of_type(template, "CloudWatch::Dashboard").values()
    body = dashboard["DashboardBody"]["Fn::Sub"]
    states, *graphs = json.loads(body)["widgets"]
    assert len(states["properties"]["alarms"]) == len(of_type(template, "CloudWatch::Alarm"))
    # API Gateway's own references apart, whatever the text refers to is there.
    referred = set(re.findall(r"\$\{(\w+)[}.]", body)) - {"Stage"}
    assert set(kinds.functions(template["Resources"])) | set(kinds.queues(template["Resources"])) <= referred
    assert referred <= set(template["Resources"])
    places = [(graph["x"], graph["y"]) for graph in graphs]
    assert len(places) == len(set(places))


def test_every_function_keeps_its_logs_for_a_while(template: Template) -> None:
    functions = kinds.functions(template["Resources"])
    for name, function in functions.items():
        group = template["Resources"][function["LoggingConfig"]["LogGroup"]["Ref"]]["Properties"]
        # The policies let a function write there, and to no other place.
        assert group["LogGroupName"]["Fn::Sub"] == f"/aws/lambda/luckygas-${{Stage}}-{name}"
        assert min(group["RetentionInDays"]["Fn::If"][1:]) >= 7
    groups = [{"Ref": name} for name in of_type(template, "Logs::LogGroup")]
    for query in of_type(template, "Logs::QueryDefinition").values():
        assert query["LogGroupNames"] == groups


def test_every_function_has_memory_time_and_the_policy_of_its_permissions(template: Template) -> None:
    deployed = {}
    for name, function in kinds.functions(template["Resources"]).items():
        assert 128 <= function["MemorySize"] <= 3008, name
        assert 3 <= function["Timeout"] <= 900, name
        role = template["Resources"][function["Role"]["Fn::GetAtt"][0]]["Properties"]
        deployed[name.casefold()] = [each["PolicyDocument"] for each in role["Policies"]]
    declared = {name.replace("_", ""): [policy(each)] for name, each in function_permissions().items()}
    assert deployed == declared


def test_both_apis_have_a_limit(template: Template) -> None:
    [rest] = template["Resources"]["RestAPI"]["Properties"]["MethodSettings"]
    assert (rest["HttpMethod"], rest["ResourcePath"]) == ("*", "/*")
    assert rest["ThrottlingRateLimit"] == {"Ref": "RequestsPerSecond"}
    routes = template["Resources"]["WebsocketAPIStage"]["Properties"]["DefaultRouteSettings"]
    assert routes["ThrottlingRateLimit"] == {"Ref": "MessagesPerSecond"}


def test_tables_outlive_mistakes(template: Template) -> None:
    for name, table in of_type(template, "DynamoDB::Table").items():
        in_prod = {"Fn::If": ["IsProd", True, False]}
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": in_prod}, name
        assert table["DeletionProtectionEnabled"] == {"Fn::If": ["IsProtected", True, False]}, name


def test_resources_with_data_outlive_their_stack(template: Template) -> None:
    for kind in ("DynamoDB::Table", "S3::Bucket", "SQS::Queue"):
        for name in of_type(template, kind):
            assert template["Resources"][name]["UpdateReplacePolicy"] == "Retain", name
            assert template["Resources"][name]["DeletionPolicy"] == "RetainExceptOnCreate", name


def test_a_refused_socket_or_one_slow_call_triggers_no_alarm(template: Template) -> None:
    alarms = of_type(template, "CloudWatch::Alarm")
    # IntegrationError counts the 401 of every token that has expired.
    assert alarms["WebsocketErrorsAlarm"]["MetricName"] == "ExecutionError"
    slow = alarms["SlowAnswersAlarm"]
    assert (slow["Statistic"], slow["DatapointsToAlarm"]) == ("Average", 3)


ABUSE = {
    ("AWS/ApiGateway", "4XXError", "Average"),
    ("AWS/ApiGateway", "Count", "Sum"),
    ("luckygas", "SignInsRefused", "Sum"),
    ("luckygas", "SmsSent", "Sum"),
    ("luckygas", "SmsCapped", "Sum"),
}


def test_long_running_functions_leave_concurrency_to_others_also_in_a_new_account(template: Template) -> None:
    resources = template["Resources"]
    for name, source in kinds.sources(resources, "SQS"):
        assert source["ScalingConfig"] == {"MaximumConcurrency": 2}, name
    reserved = {
        name: function["ReservedConcurrentExecutions"]
        for name, function in kinds.functions(resources).items()
        if "ReservedConcurrentExecutions" in function
    }
    expected, otherwise = {"Ref": "OptimizerConcurrency"}, {"Ref": "AWS::NoValue"}
    assert reserved == {"OptimizeRoutes": {"Fn::If": ["HasOptimizerConcurrency", expected, otherwise]}}
    # AWS refuses every reservation in an account whose quota is 10.
    assert template["Parameters"]["OptimizerConcurrency"]["Default"] == 0


def test_abuse_and_its_limits_wake_a_person(template: Template) -> None:
    alarms = of_type(template, "CloudWatch::Alarm").values()
    watched = {
        (each["Namespace"] if isinstance(each["Namespace"], str) else "luckygas", each["MetricName"], statistic)
        for each in alarms
        if (statistic := each.get("Statistic"))
    }
    assert watched >= ABUSE
    [sms] = [each for each in alarms if each["MetricName"] == "SmsSent"]
    assert sms["Period"] == 24 * 3600
    # CloudWatch refuses an alarm that looks further back than a day, or a week for periods of an hour.
    assert all(each["Period"] * each["EvaluationPeriods"] <= 24 * 3600 for each in alarms)


def test_the_saved_query_for_errors_finds_lambdas_lines_about_a_dead_function(template: Template) -> None:
    [query] = [
        q for q in of_type(template, "Logs::QueryDefinition").values() if q["Name"]["Fn::Sub"].endswith("/errors")
    ]
    [pattern] = re.findall(r"@message like /(.*?)/ ", query["QueryString"])
    for line in (
        "2026-11-28T08:00:00.000Z 5b1f Task timed out after 30.03 seconds",
        "[ERROR] KeyError: 'x'",
        "RequestId: 5b1f Error: Runtime exited with error: signal: killed\nRuntime.ExitError",
    ):
        assert re.search(pattern, line), line
    assert not re.search(pattern, '{"level": "INFO", "message": "request_done"}')


def test_rows_with_an_end_are_forgotten_by_dynamodb(template: Template) -> None:
    forgotten = {
        table["TableName"]["Fn::Sub"].removeprefix("luckygas-${Stage}-")
        for table in of_type(template, "DynamoDB::Table").values()
        if table.get("TimeToLiveSpecification") == {"AttributeName": "expires_at", "Enabled": True}
    }
    ending = {
        str(model.Meta.table_name).removeprefix("luckygas-test-")
        for model in Table.__subclasses__()
        if "expires_at" in model.get_attributes()
    }
    assert forgotten == ending
