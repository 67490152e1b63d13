"""The deployed template: Chalice's with ours merged into it, and the additions of infra/template.py."""

import json
import re
import zipfile
from pathlib import PurePosixPath
from typing import Any

import pytest

from chalicelib.consumers.run_import import MAX_RECEIVES
from chalicelib.realtime import overdue
from chalicelib.recurring.due import BUDGET_SECONDS
from chalicelib.routes.optimizer import PATIENCE_SECONDS
from infra.local.environment import function_environment
from infra.packaging import Package
from infra.template import API_HANDLER, TemplateError, finished, with_code
from tests.test_import_budget import FUNCTIONS

Template = dict[str, Any]


def functions(template: Template) -> dict[str, Any]:
    resources = template["Resources"]
    return {
        name: resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def sources(template: Template, kind: str) -> dict[str, Any]:
    return {
        name: event["Properties"]
        for name, function in functions(template).items()
        for event in function.get("Events", {}).values()
        if event["Type"] == kind
    }


def test_no_function_imports_the_module_that_registers_all(template: Template) -> None:
    handlers = {name: function["Handler"] for name, function in functions(template).items()}
    assert {name: handler for name, handler in handlers.items() if not handler.startswith("chalicelib.")} == {}
    assert handlers["APIHandler"] == API_HANDLER
    # Each has a budget of imports.
    assert {handler.rpartition(".")[0] for handler in handlers.values()} == FUNCTIONS.keys()


def test_every_stream_function_stores_failed_records_as_dead_letters(template: Template) -> None:
    streams = sources(template, "DynamoDB")
    assert {
        "OrdersStream",
        "ConnectionsStream",
        "UsersStream",
        "TenantsStream",
        "SessionsStream",
        "DisplayTokensStream",
        "AnnouncementsStream",
    } <= set(streams)
    for name, source in streams.items():
        table, attribute = source["Stream"]["Fn::GetAtt"]
        assert attribute == "StreamArn", name
        assert "StreamSpecification" in template["Resources"][table]["Properties"], name
        assert source["BisectBatchOnFunctionError"] is True, name
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
        # More tries than an hour has room for: the age ends them.
        assert source["MaximumRetryAttempts"] == 10_000, name
        assert source["ParallelizationFactor"] >= 1, name
        if name == "PositionsStream":
            continue
        assert source["MaximumRecordAgeInSeconds"] == 3600, name
        # LATEST would skip all records until Lambda begins to read, minutes later.
        assert source["StartingPosition"] == "TRIM_HORIZON", name
        queue, _ = source["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"]
        assert template["Resources"][queue]["Type"] == "AWS::SQS::Queue", name


def test_positions_that_are_a_minute_old_trigger_no_alarm(template: Template) -> None:
    source = sources(template, "DynamoDB")["PositionsStream"]
    assert (source["MaximumRecordAgeInSeconds"], source["StartingPosition"]) == (60, "LATEST")
    assert "DestinationConfig" not in source


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("OrdersStream", {"eventName": ["INSERT", "MODIFY"]}),
        ("RoutesStream", {"eventName": ["INSERT", "MODIFY"]}),
        ("PositionsStream", {"eventName": ["INSERT", "MODIFY"]}),
        ("ConnectionsStream", {"eventName": ["INSERT"]}),
        ("AnnouncementsStream", {"eventName": ["INSERT"]}),
        ("UsersStream", {"eventName": ["MODIFY"]}),
        (
            "TenantsStream",
            {
                "eventName": ["MODIFY"],
                "dynamodb": {"NewImage": {"status": {"S": [{"anything-but": ["active"]}]}}},
            },
        ),
        *(
            (name, {"eventName": ["MODIFY"], "dynamodb": {"NewImage": {"revoked_at": {"S": [{"exists": True}]}}}})
            for name in ("SessionsStream", "DisplayTokensStream")
        ),
    ],
)
def test_a_stream_function_runs_only_for_records_that_it_acts_on(
    template: Template, function: str, expected: dict[str, Any]
) -> None:
    patterns = sources(template, "DynamoDB")[function]["FilterCriteria"]["Filters"]
    assert [json.loads(pattern["Pattern"]) for pattern in patterns] == [expected]


def test_functions_have_the_memory_that_was_measured(template: Template) -> None:
    # docs/decisions/0010-memory-is-twice-the-measured-peak.md
    sizes = {name: function["MemorySize"] for name, function in functions(template).items()}
    assert sizes == {
        "APIHandler": 1024,
        "WebsocketConnect": 1024,
        "WebsocketMessage": 1024,
        "WebsocketDisconnect": 256,
        "OrdersStream": 1024,
        "ConnectionsStream": 1024,
        "UsersStream": 256,
        "TenantsStream": 256,
        "SessionsStream": 256,
        "DisplayTokensStream": 256,
        "AnnouncementsStream": 512,
        "PositionsStream": 512,
        "RoutesStream": 512,
        "FanOut": 1024,
        "SendSms": 256,
        "RunImport": 1024,
        "OptimizeRoutes": 3008,
        "SweepConnections": 512,
        "CreateDueOrders": 512,
        "NotifyOverdue": 512,
        "RecordMetrics": 256,
        "ProbeSmsProviders": 256,
    }


def test_a_chunk_that_cannot_be_sent_is_repeated_and_then_parked(template: Template) -> None:
    function = functions(template)["FanOut"]
    # By name, because a reference would make a cycle.
    name = template["Globals"]["Function"]["Environment"]["Variables"]["FAN_OUT_FUNCTION"]
    assert function["FunctionName"] == name
    repeats = function["EventInvokeConfig"]
    # Lambda waits one minute and then two before it repeats; an older event is parked without.
    assert repeats["MaximumRetryAttempts"] == 2
    assert repeats["MaximumEventAgeInSeconds"] > 180
    queue, _ = repeats["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"]
    assert template["Resources"][queue]["Type"] == "AWS::SQS::Queue"


def test_the_apis_time_out_is_between_the_optimisers_and_api_gateways(template: Template) -> None:
    function, principal = (functions(template)[name] for name in ("OptimizeRoutes", "APIHandler"))
    name = template["Globals"]["Function"]["Environment"]["Variables"]["OPTIMIZER_FUNCTION"]
    assert function["FunctionName"] == name
    assert function["Timeout"] < PATIENCE_SECONDS < 29 <= principal["Timeout"]


def test_on_the_local_stack_no_function_has_a_layer(template: Template) -> None:
    assert "OptimizerLayer" not in template["Resources"]
    assert not [name for name, each in functions(template).items() if "Layers" in each]


@pytest.mark.parametrize("function", ["SweepConnections", "ProbeSmsProviders"])
def test_functions_of_the_minute_run_each_minute(template: Template, function: str) -> None:
    (event,) = functions(template)[function]["Events"].values()
    assert (event["Type"], event["Properties"]["Schedule"]) == ("Schedule", "rate(1 minute)")


def test_overdue_orders_are_looked_for_every_five_minutes(template: Template) -> None:
    (event,) = functions(template)["NotifyOverdue"]["Events"].values()
    assert (event["Type"], event["Properties"]["Schedule"]) == ("Schedule", "rate(5 minutes)")


def test_providers_are_probed_from_the_network_that_texts_are_sent_from(template: Template) -> None:
    probing, sending = (functions(template)[name] for name in ("ProbeSmsProviders", "SendSms"))
    assert probing["VpcConfig"] == sending["VpcConfig"]


@pytest.mark.parametrize("function", ["CreateDueOrders", "RecordMetrics"])
def test_hourly_functions_run_each_hour(template: Template, function: str) -> None:
    (event,) = functions(template)[function]["Events"].values()
    assert (event["Type"], event["Properties"]["Schedule"]) == ("Schedule", "rate(1 hour)")


def test_due_orders_have_more_time_than_they_take(template: Template) -> None:
    assert functions(template)["CreateDueOrders"]["Timeout"] >= BUDGET_SECONDS + 30


def test_the_look_for_overdue_orders_ends_before_the_next_begins(template: Template) -> None:
    assert overdue.BUDGET_SECONDS + 30 <= functions(template)["NotifyOverdue"]["Timeout"] < 300


def test_every_queue_function_may_fail_single_messages(template: Template) -> None:
    queues = sources(template, "SQS")
    assert {"SendSms", "RunImport"} <= set(queues)
    for name, source in queues.items():
        assert set(source["Queue"]) == {"Fn::GetAtt"}, name
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name


def test_files_that_are_brought_are_private_encrypted_and_forgotten(template: Template) -> None:
    bucket = template["Resources"]["ImportBucket"]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    [rule] = bucket["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", 7)
    variables = template["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["IMPORT_BUCKET"] == bucket["BucketName"]


def test_browsers_files_are_private_and_read_by_distributions_of_this_account_alone(template: Template) -> None:
    bucket = template["Resources"]["StaticBucket"]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    policy = template["Resources"]["StaticBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    denied = [each for each in policy if each["Effect"] == "Deny"]
    assert [each["Condition"] for each in denied] == [{"Bool": {"aws:SecureTransport": "false"}}]
    allowed = {each["Action"]: each for each in policy if each["Effect"] == "Allow"}
    # Without ListBucket, S3 answers 403 for a file that is missing.
    assert set(allowed) == {"s3:GetObject", "s3:ListBucket"}
    for each in allowed.values():
        assert each["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        own = "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/*"
        assert each["Condition"] == {"StringLike": {"aws:SourceArn": {"Fn::Sub": own}}}


def test_an_import_that_dies_comes_again_after_its_function_can_have_ended(template: Template) -> None:
    resources, function = template["Resources"], functions(template)["RunImport"]
    queue = resources["ImportQueue"]["Properties"]
    # AWS's own advice is six times.
    assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]
    assert queue["RedrivePolicy"]["maxReceiveCount"] == MAX_RECEIVES
    parked = queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
    assert resources[parked]["Type"] == "AWS::SQS::Queue"


def test_every_function_has_a_role_of_its_own_without_wildcard_actions(template: Template) -> None:
    roles = [function["Role"]["Fn::GetAtt"][0] for function in functions(template).values()]
    assert len(roles) == len(set(roles))
    for role in roles:
        for policy in template["Resources"][role]["Properties"]["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                actions = statement["Action"]
                assert not [action for action in actions if "*" in action], role
                # AWS insists on that for a VPC's interfaces, for a list of event sources, and for metrics.
                may = {"lambda:ListEventSourceMappings", "cloudwatch:GetMetricData"}
                others = [action for action in actions if not action.startswith("ec2:") and action not in may]
                assert "*" not in statement.get("Resource", ()) or not others, role


def test_three_functions_can_stand_in_a_vpc(template: Template) -> None:
    inside = {name: each["VpcConfig"] for name, each in functions(template).items() if "VpcConfig" in each}
    # The one that a provider knows by its address, and the one that asks a server of one's own.
    assert set(inside) == {"SendSms", "ProbeSmsProviders", "OptimizeRoutes"}
    for config in inside.values():
        condition, given, otherwise = config["Fn::If"]
        assert condition == "InVpc"
        assert set(given) == {"SubnetIds", "SecurityGroupIds"}
        assert otherwise == {"Ref": "AWS::NoValue"}


def test_every_function_gets_the_settings(template: Template) -> None:
    variables = template["Globals"]["Function"]["Environment"]["Variables"]
    assert {"STAGE", "TABLE_PREFIX", "WS_ENDPOINT", "SMS_QUEUE_URL", "SECRETS_PREFIX", "VERSION"} <= set(variables)
    assert not [name for name, function in functions(template).items() if "Environment" in function]


def test_tests_and_seed_see_the_same_settings_as_the_functions(template: Template) -> None:
    local = function_environment("http://127.0.0.1:4566", "http://127.0.0.1:8000/api")
    ours = {name for name in local if not name.startswith("AWS_")}
    assert ours == set(template["Globals"]["Function"]["Environment"]["Variables"])


def test_later_websocket_routes_go_live_by_themselves(template: Template) -> None:
    resources = template["Resources"]
    assert resources["WebsocketAPIStage"]["Properties"]["AutoDeploy"] is True
    assert "DeploymentId" not in resources["WebsocketAPIStage"]["Properties"]
    assert not [name for name, row in resources.items() if row["Type"] == "AWS::ApiGatewayV2::Deployment"]
    routes = {name for name, row in resources.items() if row["Type"] == "AWS::ApiGatewayV2::Route"}
    assert len(routes) == 3
    assert set(resources["WebsocketAPIStage"]["DependsOn"]) == routes
    assert resources["WebsocketAPI"]["Properties"]["RouteSelectionExpression"] == "$request.body.type"


def test_tables_with_indexes_are_made_one_after_the_other(template: Template) -> None:
    tables = {name: row for name, row in template["Resources"].items() if row["Type"] == "AWS::DynamoDB::Table"}
    indexed = [name for name, row in tables.items() if any("SecondaryIndexes" in key for key in row["Properties"])]
    assert len(indexed) >= 9
    # A chain: each table but the first waits for the previous one, and no other resource waits.
    waits = {name: row["DependsOn"] for name, row in tables.items() if "DependsOn" in row}
    assert waits == dict(zip(indexed[1:], indexed, strict=False))


def test_api_gateways_own_answers_are_problem_documents(template: Template) -> None:
    responses = template["Resources"]["RestAPI"]["Properties"]["GatewayResponses"]
    assert {"MISSING_AUTHENTICATION_TOKEN", "THROTTLED", "REQUEST_TOO_LARGE", "DEFAULT_4XX", "DEFAULT_5XX"} <= set(
        responses
    )
    for kind, response in responses.items():
        problem = json.loads(response["ResponseTemplates"]["application/json"])
        assert set(problem) == {"type", "title", "status", "detail", "code"}, kind
        assert problem["status"] == response["StatusCode"], kind
        headers = response["ResponseParameters"]["Headers"]
        assert headers["Content-Type"] == "'application/problem+json'", kind
        assert ("Retry-After" in headers) == (problem["code"] in ("unavailable", "too_fast")), kind


def test_every_path_answers_other_methods_with_405_and_those_that_it_allows(template: Template) -> None:
    paths = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    for path, operations in paths.items():
        other = operations["x-amazon-apigateway-any-method"]
        methods = {name.upper() for name in operations if not name.startswith("x-")}
        integration = other["x-amazon-apigateway-integration"]
        answer = integration["responses"]["default"]
        headers = {
            name.removeprefix("method.response.header."): value
            for name, value in answer["responseParameters"].items()
        }
        # API Gateway passes on only headers that the method declares.
        assert other["responses"][answer["statusCode"]]["headers"].keys() == headers.keys(), path
        assert set(headers["Allow"].strip("'").split(", ")) == methods, path
        assert {"GET", "POST", "PUT", "PATCH", "DELETE"} & methods, path
        assert headers["Content-Type"] == "'application/problem+json'"
        assert json.loads(answer["responseTemplates"]["application/json"])["code"] == "method_not_allowed"
        # Without a template for a body's media type, `never` is 415 and anything else API Gateway's 500.
        assert integration["passthroughBehavior"] == "never"
        assert {json.loads(text)["statusCode"] for text in integration["requestTemplates"].values()} == {405}


def test_api_gateway_compresses_large_answers(template: Template) -> None:
    assert template["Resources"]["RestAPI"]["Properties"]["MinimumCompressionSize"] == 1024


def test_settings_for_a_function_that_does_not_exist_are_refused() -> None:
    with pytest.raises(TemplateError, match="settings for Missing, but"):
        finished({"Resources": {"Missing": {"Properties": {"Timeout": 3}}}})


def test_settings_for_an_event_that_does_not_exist_are_refused() -> None:
    stream = {"Type": "AWS::Serverless::Function", "Properties": {"Events": {"Typo": {"Properties": {}}}}}
    with pytest.raises(TemplateError, match="Stream's event Typo"):
        finished({"Resources": {"Stream": stream}})


def test_all_functions_get_the_uploaded_code_and_the_layer_its_own() -> None:
    function: dict[str, Any] = {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "./deployment.zip"}}
    layer = {"Type": "AWS::Serverless::LayerVersion", "Properties": {"ContentUri": "./layer.zip"}}
    table = {"Type": "AWS::DynamoDB::Table", "Properties": {}}
    template = {"Resources": {"One": function, "Two": function, "Layer": layer, "Table": table}}
    located = with_code(template, "bucket", "code/1.zip", "layers/1.zip")["Resources"]
    assert located["Layer"]["Properties"]["ContentUri"] == {"Bucket": "bucket", "Key": "layers/1.zip"}
    assert located["One"]["Properties"]["CodeUri"] == {"Bucket": "bucket", "Key": "code/1.zip"}
    assert located["Two"]["Properties"]["CodeUri"] == {"Bucket": "bucket", "Key": "code/1.zip"}
    assert function["Properties"]["CodeUri"] == "./deployment.zip"


def test_the_local_package_leaves_the_dependencies_out(local_package: Package) -> None:
    assert local_package.code.stat().st_size < 2_000_000
    assert (local_package.code.parent.parent / "src" / "requirements.txt").read_text() == ""


def test_functions_of_the_local_stack_do_not_compile_their_code(local_package: Package) -> None:
    with zipfile.ZipFile(local_package.code) as packed:
        modules = [PurePosixPath(name) for name in packed.namelist() if re.match(r"chalicelib/.*\.py$", name)]
        compiled = [str(each.parent / "__pycache__" / f"{each.stem}.cpython-311.pyc") for each in modules]
        # 1: valid without a comparison with the source, whose time is another after unpacking. PEP 552.
        flags = {int.from_bytes(packed.read(name)[4:8], "little") for name in compiled}
    assert len(modules) > 100
    assert flags == {1}
