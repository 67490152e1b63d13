"""The headers of infra/edge.py as CloudFront's response headers policies."""

import re
from collections.abc import Callable
from typing import Any, Final

from infra.edge import HEADERS, Header, Origin
from infra.template import Template


def response_headers_policies() -> dict[str, Template]:
    """`Headers` for the APIs, `StaticHeaders` for static files."""
    return {"Headers": _policy("", None), "StaticHeaders": _policy("-static", "static")}


def _policy(suffix: str, origin: Origin | None) -> Template:
    config: dict[str, Any] = {"Name": {"Fn::Sub": f"luckygas-${{Stage}}-headers{suffix}"}}
    for header in HEADERS:
        if header.origin in (None, origin):
            _SECTIONS.get(header.name, _custom)(config, header)
    return {
        "Type": "AWS::CloudFront::ResponseHeadersPolicy",
        "Properties": {"ResponseHeadersPolicyConfig": config},
    }


def _security(name: str, values: Callable[[str], dict[str, Any]]) -> Callable[[dict[str, Any], Header], None]:
    def add(config: dict[str, Any], header: Header) -> None:
        section = config.setdefault("SecurityHeadersConfig", {})
        section[name] = {**values(header.value), "Override": not header.is_default}

    return add


def _max_age(value: str) -> dict[str, Any]:
    found = re.fullmatch(r"max-age=(\d+)(; includeSubDomains)?", value)
    if found is None:
        raise ValueError(f"no policy can be made of Strict-Transport-Security: {value}")
    return {"AccessControlMaxAgeSec": int(found[1]), "IncludeSubdomains": found[2] is not None}


def _cors(config: dict[str, Any], header: Header) -> None:
    config["CorsConfig"] = {
        "AccessControlAllowOrigins": {"Items": [header.value]},
        "AccessControlAllowMethods": {"Items": ["GET", "HEAD"]},
        "AccessControlAllowHeaders": {"Items": ["*"]},
        "AccessControlAllowCredentials": False,
        "OriginOverride": not header.is_default,
    }


def _custom(config: dict[str, Any], header: Header) -> None:
    items = config.setdefault("CustomHeadersConfig", {"Items": []})["Items"]
    items.append({"Header": header.name, "Value": header.value, "Override": not header.is_default})


# CloudFront refuses these as custom headers; each has its own section.
_SECTIONS: Final = {
    "Strict-Transport-Security": _security("StrictTransportSecurity", _max_age),
    "X-Content-Type-Options": _security("ContentTypeOptions", lambda _: {}),
    "Referrer-Policy": _security("ReferrerPolicy", lambda value: {"ReferrerPolicy": value}),
    "Content-Security-Policy": _security("ContentSecurityPolicy", lambda value: {"ContentSecurityPolicy": value}),
    "Access-Control-Allow-Origin": _cors,
}
