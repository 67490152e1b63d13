"""The template of the third stack, generated from infra/edge.py: the CloudFront distribution, its WAF and logs.

The stack is in us-east-1 for every stage: CloudFront accepts certificates, web ACLs and log deliveries only from
there, https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html
"""

from typing import Any, Final

from chalicelib.auth.source import KEY_HEADER
from infra.edge import ROWS, Origin, parts_of
from infra.edge_function import source
from infra.edge_headers import response_headers_policies
from infra.edge_logs import access_logs
from infra.template import Template

REGION: Final = "us-east-1"

# Set by the operator; each value remains until it is set again.
PARAMETERS: Final[Template] = {
    "Domain": {
        "Type": "String",
        "Default": "",
        "AllowedPattern": r"|[a-z0-9-]+(\.[a-z0-9-]+)+",
        "ConstraintDescription": "must be a host name, like gas.example.com",
        "Description": "A domain of your own for all pages and APIs, e.g. gas.example.com",
    },
    "DomainCertificate": {
        "Type": "String",
        # CloudFormation refuses an empty one even if it is not used.
        "Default": f"arn:aws:acm:{REGION}:000000000000:certificate/none",
        "AllowedPattern": f"arn:aws:acm:{REGION}:\\d{{12}}:certificate/.+",
        "ConstraintDescription": f"must be the ARN of a certificate in ACM of {REGION}",
        "Description": f"ARN of the domain's certificate in ACM of {REGION}",
    },
    "EdgeRequestsPer5Minutes": {
        "Type": "String",
        "Default": "0",
        # The web ACL takes 10 to 2,000,000,000.
        "AllowedPattern": "0|[1-9]\\d{1,8}",
        "ConstraintDescription": "must be 0 or a whole number from 10 on",
        "Description": "Requests from one IP address in five minutes; more is 403. 0: no limit and no WAF",
    },
}
# Set by the deployment.
_ORIGIN_PARAMETERS: Final = {"rest": "RestHost", "websocket": "WebsocketHost", "static": "StaticHost"}
OWN_PARAMETERS: Final[Template] = {
    "Stage": {"Type": "String", "Description": "Part of every name: luckygas-<stage>-…"},
    "OriginKey": {
        "Type": "String",
        "NoEcho": True,
        "Description": "Sent to both APIs as proof that a request came through the edge",
    },
    **{
        name: {"Type": "String", "Description": f"Host of the origin {origin}"}
        for origin, name in _ORIGIN_PARAMETERS.items()
    },
}

# AWS's managed policies have the same ids in all accounts,
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
_CACHING_DISABLED: Final = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
_CACHING_OPTIMIZED: Final = "658327ea-f89d-4fab-a63d-7e88639e58f6"
# API Gateway identifies the API by the host, so the viewer's host must not be sent.
_ALL_VIEWER_EXCEPT_HOST: Final = "b689b0a8-53d0-40ab-baf2-68738e2966ac"

_READ: Final = ["GET", "HEAD"]
_ALL_METHODS: Final = [*_READ, "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]
# CloudFront stores an origin's errors for ten seconds, also where caching is disabled, unless these are listed.
_ERRORS: Final = (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)


def edge_template() -> Template:
    """The template of `luckygas-<stage>-edge`."""
    distribution_host = {"Fn::GetAtt": ["Distribution", "DomainName"]}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Lucky Gas Realtime: the one host in front of the APIs and the static files",
        "Parameters": {**OWN_PARAMETERS, **PARAMETERS},
        "Conditions": {
            "HasDomain": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Domain"}, ""]}]},
            "HasRateLimit": {"Fn::Not": [{"Fn::Equals": [{"Ref": "EdgeRequestsPer5Minutes"}, "0"]}]},
        },
        "Resources": {
            "ViewerRequest": _function(),
            "StaticAccess": _static_access(),
            **response_headers_policies(),
            "WebAcl": _web_acl(),
            "Distribution": {
                "Type": "AWS::CloudFront::Distribution",
                "Properties": {"DistributionConfig": _distribution()},
            },
            **access_logs(),
        },
        "Outputs": {
            "Host": {
                "Description": "The host of all addresses",
                "Value": {
                    "Fn::If": ["HasDomain", {"Ref": "Domain"}, {"Fn::GetAtt": ["Distribution", "DomainName"]}]
                },
            },
            "DistributionId": {"Description": "CloudFront's id", "Value": {"Ref": "Distribution"}},
            "DomainTarget": {
                "Condition": "HasDomain",
                "Description": "Where the domain's CNAME or alias must point",
                "Value": distribution_host,
            },
        },
    }


def behaviours() -> list[tuple[str, Origin]]:
    """Path pattern → origin, in the order in which CloudFront tries them. Paths without a pattern go to `rest`.

    A pattern may match more than its row, as `*` matches slashes, too. The function refuses what no row lists.
    """
    return [
        (pattern, row.origin)
        for row in ROWS
        if row.origin in ("websocket", "static")
        for pattern in _path_patterns(row.path)
    ]


def _path_patterns(path: str) -> list[str]:
    if path.endswith("/*"):
        return [path]
    literals, _ = parts_of(path)
    without_slash = "*".join(literals)
    return [without_slash, f"{without_slash}/"]


def _distribution() -> Template:
    return {
        "Enabled": True,
        "Comment": {"Fn::Sub": "luckygas-${Stage}"},
        "Aliases": {"Fn::If": ["HasDomain", [{"Ref": "Domain"}], {"Ref": "AWS::NoValue"}]},
        "ViewerCertificate": {
            "Fn::If": [
                "HasDomain",
                {
                    "AcmCertificateArn": {"Ref": "DomainCertificate"},
                    "MinimumProtocolVersion": "TLSv1.2_2021",
                    "SslSupportMethod": "sni-only",
                },
                {"CloudFrontDefaultCertificate": True},
            ]
        },
        "HttpVersion": "http2and3",
        "IPV6Enabled": True,
        "WebACLId": {"Fn::If": ["HasRateLimit", {"Fn::GetAtt": ["WebAcl", "Arn"]}, {"Ref": "AWS::NoValue"}]},
        "Origins": [_api("rest"), _api("websocket"), _static()],
        "DefaultCacheBehavior": _behaviour("rest"),
        "CacheBehaviors": [{"PathPattern": pattern, **_behaviour(origin)} for pattern, origin in behaviours()],
        "CustomErrorResponses": [{"ErrorCode": code, "ErrorCachingMinTTL": 0} for code in _ERRORS],
    }


def _behaviour(origin: Origin) -> Template:
    is_static = origin == "static"
    return {
        "TargetOriginId": origin,
        "ViewerProtocolPolicy": "redirect-to-https",
        "AllowedMethods": _ALL_METHODS if origin == "rest" else _READ,
        "CachedMethods": _READ,
        "Compress": is_static,
        "CachePolicyId": _CACHING_OPTIMIZED if is_static else _CACHING_DISABLED,
        **({} if is_static else {"OriginRequestPolicyId": _ALL_VIEWER_EXCEPT_HOST}),
        "ResponseHeadersPolicyId": {"Ref": "StaticHeaders" if is_static else "Headers"},
        "FunctionAssociations": [
            {"EventType": "viewer-request", "FunctionARN": {"Fn::GetAtt": ["ViewerRequest", "FunctionARN"]}}
        ],
    }


def _api(origin: Origin) -> Template:
    return {
        "Id": origin,
        "DomainName": {"Ref": _ORIGIN_PARAMETERS[origin]},
        "CustomOriginConfig": {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"]},
        # It replaces any that the client sent.
        "OriginCustomHeaders": [{"HeaderName": KEY_HEADER, "HeaderValue": {"Ref": "OriginKey"}}],
    }


def _static() -> Template:
    return {
        "Id": "static",
        "DomainName": {"Ref": _ORIGIN_PARAMETERS["static"]},
        # Empty, and required: it is the older way of access.
        "S3OriginConfig": {"OriginAccessIdentity": ""},
        "OriginAccessControlId": {"Ref": "StaticAccess"},
    }


def _static_access() -> Template:
    config = {
        "Name": {"Fn::Sub": "luckygas-${Stage}-static"},
        "OriginAccessControlOriginType": "s3",
        "SigningBehavior": "always",
        "SigningProtocol": "sigv4",
    }
    return {"Type": "AWS::CloudFront::OriginAccessControl", "Properties": {"OriginAccessControlConfig": config}}


def _function() -> Template:
    name = {"Fn::Sub": "luckygas-${Stage}-viewer-request"}
    return {
        "Type": "AWS::CloudFront::Function",
        "Properties": {
            "Name": name,
            "AutoPublish": True,
            "FunctionCode": source(ROWS),
            "FunctionConfig": {"Comment": "The routing table, infra/edge.py", "Runtime": "cloudfront-js-2.0"},
        },
    }


def _web_acl() -> Template:
    def visible_as(name: str) -> dict[str, Any]:
        # Samples would show paths and queries, which contain tokens.
        return {"CloudWatchMetricsEnabled": True, "SampledRequestsEnabled": False, "MetricName": name}

    rate = {"Limit": {"Ref": "EdgeRequestsPer5Minutes"}, "AggregateKeyType": "IP", "EvaluationWindowSec": 300}
    rule = {
        "Name": "rate-per-address",
        "Priority": 0,
        "Statement": {"RateBasedStatement": rate},
        "Action": {"Block": {}},
        "VisibilityConfig": visible_as("rate-per-address"),
    }
    return {
        "Type": "AWS::WAFv2::WebACL",
        "Condition": "HasRateLimit",
        "Properties": {
            "Name": {"Fn::Sub": "luckygas-${Stage}-edge"},
            "Scope": "CLOUDFRONT",
            "DefaultAction": {"Allow": {}},
            "Rules": [rule],
            "VisibilityConfig": visible_as("edge"),
        },
    }
