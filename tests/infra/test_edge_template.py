"""The distribution: each request reaches the right origin, is cached only if allowed, and no token is logged."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from infra.edge import HEADERS, ROWS
from infra.edge_function import source
from infra.edge_logs import RECORD_FIELDS
from infra.edge_template import edge_template
from infra.stacks import MAX_BODY
from tests.infra.test_edge import CASES, named
from tests.infra.test_split import references

TEMPLATE = edge_template()
RESOURCES = TEMPLATE["Resources"]
CONFIG = RESOURCES["Distribution"]["Properties"]["DistributionConfig"]
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
MAX_BEHAVIOURS = 75


def matches(pattern: str, path: str) -> bool:
    """CloudFront's rule: `*` is any characters, `?` is one, case counts."""
    parts = (".*" if each == "*" else "." if each == "?" else re.escape(each) for each in pattern)
    return re.fullmatch("".join(parts), path, re.DOTALL) is not None


def behaviour_of(path: str) -> dict[str, Any]:
    found = (each for each in CONFIG["CacheBehaviors"] if matches(each["PathPattern"], path))
    return next(found, CONFIG["DefaultCacheBehavior"])


def resolved(node: Any, **values: Any) -> Any:
    """The node with Ref, Fn::If and Fn::GetAtt of these names replaced."""
    if isinstance(node, list):
        return [resolved(each, **values) for each in node]
    if not isinstance(node, dict):
        return node
    if "Ref" in node and node["Ref"] in values:
        return values[node["Ref"]]
    if "Fn::GetAtt" in node:
        return values.get(node["Fn::GetAtt"][0], node)
    if "Fn::If" in node and node["Fn::If"][0] in values:
        condition, yes, no = node["Fn::If"]
        return resolved(yes if values[condition] else no, **values)
    return {name: resolved(each, **values) for name, each in node.items()}


@pytest.mark.parametrize("case", [case for case in CASES if "origin" in case], ids=named)
def test_each_request_reaches_the_origin_of_its_row(case: dict[str, Any]) -> None:
    # The path as the client sent it: a function's new path does not change the behaviour.
    assert behaviour_of(urlsplit(case["request"]).path)["TargetOriginId"] == case["origin"]


def test_every_behaviour_is_needed_and_there_are_not_too_many() -> None:
    patterns = [each["PathPattern"] for each in CONFIG["CacheBehaviors"]]
    assert len(patterns) == len(set(patterns)) <= MAX_BEHAVIOURS
    origins = {each["Id"] for each in CONFIG["Origins"]}
    assert origins == {row.origin for row in ROWS} - {"redirect"}


def test_every_behaviour_asks_the_function_and_speaks_https() -> None:
    for each in (CONFIG["DefaultCacheBehavior"], *CONFIG["CacheBehaviors"]):
        (function,) = each["FunctionAssociations"]
        assert function["EventType"] == "viewer-request"
        assert function["FunctionARN"] == {"Fn::GetAtt": ["ViewerRequest", "FunctionARN"]}
        assert each["ViewerProtocolPolicy"] == "redirect-to-https"
    assert RESOURCES["ViewerRequest"]["Properties"]["FunctionCode"] == source()


def test_only_static_files_are_cached_and_errors_never() -> None:
    optimized, disabled = "658327ea-f89d-4fab-a63d-7e88639e58f6", "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    for each in (CONFIG["DefaultCacheBehavior"], *CONFIG["CacheBehaviors"]):
        is_static = each["TargetOriginId"] == "static"
        assert each["CachePolicyId"] == (optimized if is_static else disabled)
        # The viewer's Host would lead API Gateway to no API, and S3 would refuse its signature.
        policy = each.get("OriginRequestPolicyId")
        assert policy == (None if is_static else "b689b0a8-53d0-40ab-baf2-68738e2966ac")
    # CloudFront stores these for ten seconds otherwise: a new order would be 404 for its readers.
    stored = {400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}
    assert {each["ErrorCode"] for each in CONFIG["CustomErrorResponses"]} == stored
    assert {each["ErrorCachingMinTTL"] for each in CONFIG["CustomErrorResponses"]} == {0}


def test_the_api_gets_every_method_and_the_other_origins_only_reads() -> None:
    for each in (CONFIG["DefaultCacheBehavior"], *CONFIG["CacheBehaviors"]):
        methods = set(each["AllowedMethods"])
        if each["TargetOriginId"] == "rest":
            assert methods == {"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"}
        else:
            assert methods == {"GET", "HEAD"}


def sent_headers(policy: str) -> dict[str, tuple[str, bool]]:
    """The headers of a response headers policy: name → value, and whether it replaces the origin's."""
    config = RESOURCES[policy]["Properties"]["ResponseHeadersPolicyConfig"]
    security, cors = config["SecurityHeadersConfig"], config.get("CorsConfig")
    age = security["StrictTransportSecurity"]
    directives = [f"max-age={age['AccessControlMaxAgeSec']}", *["includeSubDomains"] * age["IncludeSubdomains"]]
    found = {
        "Strict-Transport-Security": ("; ".join(directives), age["Override"]),
        "X-Content-Type-Options": ("nosniff", security["ContentTypeOptions"]["Override"]),
    }
    for name, key in (
        ("Referrer-Policy", "ReferrerPolicy"),
        ("Content-Security-Policy", "ContentSecurityPolicy"),
    ):
        found[name] = (security[key][key], security[key]["Override"])
    if cors:
        found["Access-Control-Allow-Origin"] = (
            cors["AccessControlAllowOrigins"]["Items"][0],
            cors["OriginOverride"],
        )
    for each in config.get("CustomHeadersConfig", {}).get("Items", []):
        found[each["Header"]] = (each["Value"], each["Override"])
    return found


@pytest.mark.parametrize(("policy", "origins"), [("Headers", {None}), ("StaticHeaders", {None, "static"})])
def test_responses_get_the_headers_of_the_table(policy: str, origins: set[str | None]) -> None:
    expected = {each.name: (each.value, not each.is_default) for each in HEADERS if each.origin in origins}
    assert sent_headers(policy) == expected


def test_the_static_files_have_their_own_headers() -> None:
    for each in (CONFIG["DefaultCacheBehavior"], *CONFIG["CacheBehaviors"]):
        policy = "StaticHeaders" if each["TargetOriginId"] == "static" else "Headers"
        assert each["ResponseHeadersPolicyId"] == {"Ref": policy}


def test_the_bucket_is_read_with_signed_requests_and_the_apis_by_tls() -> None:
    origins = {each["Id"]: each for each in CONFIG["Origins"]}
    assert origins["static"]["OriginAccessControlId"] == {"Ref": "StaticAccess"}
    access = RESOURCES["StaticAccess"]["Properties"]["OriginAccessControlConfig"]
    assert (access["SigningBehavior"], access["OriginAccessControlOriginType"]) == ("always", "s3")
    for name in ("rest", "websocket"):
        assert origins[name]["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
        assert origins[name]["OriginCustomHeaders"] == [
            {"HeaderName": "x-origin-key", "HeaderValue": {"Ref": "OriginKey"}}
        ]


def test_a_domain_brings_its_certificate_and_modern_tls() -> None:
    given = resolved(CONFIG, HasDomain=True, Domain="gas.example", DomainCertificate="arn", HasRateLimit=False)
    assert given["Aliases"] == ["gas.example"]
    assert given["ViewerCertificate"]["AcmCertificateArn"] == "arn"
    assert given["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    without = resolved(CONFIG, HasDomain=False)
    assert without["Aliases"] == {"Ref": "AWS::NoValue"}
    assert without["ViewerCertificate"] == {"CloudFrontDefaultCertificate": True}
    assert (CONFIG["HttpVersion"], CONFIG["IPV6Enabled"]) == ("http2and3", True)


def test_the_host_is_the_domain_or_cloudfronts_own() -> None:
    host = TEMPLATE["Outputs"]["Host"]["Value"]
    assert resolved(host, HasDomain=True, Domain="gas.example") == "gas.example"
    assert resolved(host, HasDomain=False, Distribution="d1.cloudfront.net") == "d1.cloudfront.net"
    target = TEMPLATE["Outputs"]["DomainTarget"]
    assert resolved(target["Value"], Distribution="d1.cloudfront.net") == "d1.cloudfront.net"


def test_there_is_a_rate_limit_only_if_one_is_set() -> None:
    acl = RESOURCES["WebAcl"]
    assert acl["Condition"] == "HasRateLimit"
    assert TEMPLATE["Parameters"]["EdgeRequestsPer5Minutes"]["Default"] == "0"
    assert resolved(CONFIG["WebACLId"], HasRateLimit=False) == {"Ref": "AWS::NoValue"}
    assert resolved(CONFIG["WebACLId"], HasRateLimit=True, WebAcl="arn") == "arn"
    rate = acl["Properties"]["Rules"][0]["Statement"]["RateBasedStatement"]
    assert resolved(rate, EdgeRequestsPer5Minutes="2000")["Limit"] == "2000"
    assert (rate["AggregateKeyType"], rate["EvaluationWindowSec"]) == ("IP", 300)
    assert acl["Properties"]["Scope"] == "CLOUDFRONT"


# The value of each field for a request of https://host/display/SECRET/ws?token=SECRET, linked from such a page.
LOGGED = {
    "cs-uri-stem": "/display/SECRET/ws",
    "cs-uri-query": "token=SECRET",
    "cs(Referer)": "https://host/api/v1/l/SECRET",
    "cs(Cookie)": "session=SECRET",
    "x-host-header": "host",
    "cs(Host)": "d1.cloudfront.net",
    "cache-behavior-path-pattern": "/display/*/ws",
    "timestamp(ms)": "1796000000000",
    "x-edge-request-id": "Zx==",
    "x-edge-location": "TPE52-C1",
    "cs-method": "GET",
    "sc-status": "101",
    "x-edge-result-type": "Miss",
    "x-edge-detailed-result-type": "Miss",
    "sc-content-type": "-",
    "cs-bytes": "300",
    "sc-bytes": "200",
    "time-taken": "0.02",
    "time-to-first-byte": "0.02",
    "origin-fbl": "0.01",
    "c-ip": "192.0.2.1",
    "c-country": "TW",
    "cs(User-Agent)": "Mozilla/5.0",
    "cs-protocol": "wss",
    "cs-protocol-version": "HTTP/1.1",
    "ssl-protocol": "TLSv1.3",
}


def test_access_logs_hold_no_token_and_end() -> None:
    delivery = RESOURCES["AccessLogsDelivery"]["Properties"]
    assert delivery["RecordFields"] == list(RECORD_FIELDS)
    assert "SECRET" not in json.dumps([LOGGED[field] for field in delivery["RecordFields"]])
    assert RESOURCES["AccessLogs"]["Properties"]["RetentionInDays"] == 30
    assert RESOURCES["AccessLogsSource"]["Properties"]["LogType"] == "ACCESS_LOGS"
    # CloudFront's older logs have the path and the query in every record.
    assert "Logging" not in CONFIG


def test_nothing_else_shows_paths_to_people() -> None:
    acl = RESOURCES["WebAcl"]["Properties"]
    shown = [acl["VisibilityConfig"], *(rule["VisibilityConfig"] for rule in acl["Rules"])]
    assert {each["SampledRequestsEnabled"] for each in shown} == {False}


def test_the_template_refers_to_nothing_that_it_does_not_have() -> None:
    has = {*RESOURCES, *TEMPLATE["Parameters"], *TEMPLATE["Conditions"]}
    sections = [TEMPLATE[name] for name in ("Resources", "Conditions", "Outputs")]
    missing = {name for name in references(sections) if name not in has and not name.startswith("AWS::")}
    assert not missing


def test_the_template_can_be_sent_along() -> None:
    assert len(json.dumps(TEMPLATE).encode()) < MAX_BODY
