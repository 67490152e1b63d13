"""The client's address, for any headers and with or without the edge."""

import pytest

from chalicelib.auth.source import address_key, source_address
from chalicelib.core.settings import Settings, settings
from tests.aws_in_process import ENVIRONMENT

CLIENT, EDGE = "203.0.113.7", "130.176.100.154"
KEY = ENVIRONMENT["ORIGIN_KEY"]


def context(peer: str) -> dict[str, object]:
    return {"identity": {"sourceIp": peer}}


def test_behind_the_edge_the_address_is_the_one_that_the_edge_has_seen() -> None:
    headers = {"X-Origin-Key": KEY, "True-Client-IP": CLIENT, "X-Forwarded-For": f"1.1.1.1, {CLIENT}, {EDGE}"}

    assert source_address(context(EDGE), headers) == CLIENT


def test_without_an_edge_the_address_is_the_peers() -> None:
    assert source_address(context(CLIENT), {}) == CLIENT
    assert source_address(context(CLIENT), None) == CLIENT


@pytest.mark.parametrize(
    "forged",
    [
        {"X-Forwarded-For": "1.1.1.1"},
        {"True-Client-IP": "1.1.1.1"},
        {"True-Client-IP": "1.1.1.1", "X-Origin-Key": ""},
        {"True-Client-IP": "1.1.1.1", "X-Origin-Key": "a guess, ü"},
        {"True-Client-IP": "no address", "X-Origin-Key": KEY},
    ],
)
def test_a_client_that_calls_the_api_gateway_itself_cannot_choose_its_address(forged: dict[str, str]) -> None:
    assert source_address(context(CLIENT), forged) == CLIENT


def test_a_stage_without_an_origin_key_trusts_no_header() -> None:
    assert Settings.from_env({**ENVIRONMENT, "ORIGIN_KEY": ""}).origin_key == ""
    without = {name: value for name, value in ENVIRONMENT.items() if name != "ORIGIN_KEY"}
    assert Settings.from_env(without).origin_key == ""
    assert settings().origin_key == KEY


def test_an_event_without_an_address_has_none() -> None:
    assert source_address({}, None) is None
    assert source_address({"identity": {"sourceIp": ""}}, {}) is None


def test_a_key_stands_for_one_address_and_for_the_whole_network_of_an_ipv6_one(aws: None) -> None:
    assert address_key("203.0.113.7") != address_key("203.0.113.8")
    assert address_key("2001:db8:1:2::1") == address_key("2001:db8:1:2:ffff::9")
    assert address_key("2001:db8:1:2::1") != address_key("2001:db8:1:3::1")
    assert address_key("::ffff:203.0.113.7") == address_key("203.0.113.7")
    assert address_key(None) != address_key("203.0.113.7")


def test_a_key_does_not_show_the_address(aws: None) -> None:
    assert len(bytes.fromhex(address_key(CLIENT))) == 8
