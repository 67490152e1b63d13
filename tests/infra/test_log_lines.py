"""The log view: no line is lost, and JSON becomes readable."""

import json

import pytest

from infra.log_lines import function_name, readable

AT = 1_795_324_000_123  # 2026-11-22T05:06:40.123Z


def shown(line: str, *, colour: bool = False) -> str | None:
    return readable("OrdersStream", AT, line, colour=colour)


def test_a_json_line_becomes_time_function_level_correlation_id_event_and_fields() -> None:
    line = {
        "level": "INFO",
        "location": "handle:12",
        "message": "fan_out_done",
        "timestamp": "2026-11-22T05:06:40.123Z",
        "service": "luckygas",
        "correlation_id": "c-1",
        "channel": "orders",
        "sent": 100,
        "title": "two words",
    }
    assert shown(json.dumps(line)) == (
        '05:06:40.123 OrdersStream        INFO    c-1 fan_out_done channel=orders sent=100 title="two words"'
    )


def test_a_line_that_is_not_json_is_shown_as_it_is() -> None:
    for line in ("Traceback (most recent call last):", '{"level": "INFO", cut off', "[1, 2]", "  indented"):
        text = shown(line)
        assert text is not None
        assert text.endswith(line)


@pytest.mark.parametrize("char", ["\x1b", "\x07", "\r", "\x7f", "\x9b", "\u202e", "\u200b", "\u2028"])
def test_terminal_control_characters_are_shown_as_codes(char: str) -> None:
    sent = f"a{char}[31mred"
    fields = {"level": sent, "correlation_id": sent, "message": sent, "said": sent, sent: "b", "exception": sent}
    for line in (json.dumps(fields), json.dumps({"a": [sent]}, ensure_ascii=False), sent):
        text = shown(line) or ""
        assert char not in text


def test_a_field_cannot_begin_a_line_of_its_own() -> None:
    assert "\n" not in (
        shown(json.dumps({"message": "x\n05:06:40.123 Api INFO signed_in", "said": "y\nz"})) or "\n"
    )


def test_an_exception_is_shown_as_lines() -> None:
    line = {"level": "ERROR", "message": "failed", "exception": "Traceback:\n  ValueError: no"}
    assert (shown(json.dumps(line)) or "").splitlines()[1:] == ["    Traceback:", "      ValueError: no"]


def test_an_event_that_is_not_text_is_shown_too() -> None:
    assert (shown('{"level": "INFO", "message": {"a": 1}}') or "").endswith('{"a": 1}')


def test_lambdas_own_lines_are_left_out() -> None:
    for line in (
        "START RequestId: 1 Version: $LATEST",
        "END RequestId: 1",
        "REPORT RequestId: 1\tDuration: 3 ms",
        "",
    ):
        assert shown(line) is None


def test_a_terminal_gets_colours() -> None:
    assert "\x1b[31mERROR" in (shown('{"level": "ERROR", "message": "x"}', colour=True) or "")


def test_a_function_has_the_templates_name() -> None:
    assert function_name("/aws/lambda/luckygas-local-OrdersStream-C704FF7D5BB13") == "OrdersStream"
    assert function_name("/aws/lambda/luckygas-local-APIHandler") == "APIHandler"
    assert function_name("/something/else") == "/something/else"


def test_metrics_are_left_to_cloudwatch() -> None:
    directive = {"Metrics": [{"Name": "FanOutMs", "Unit": "Milliseconds"}]}
    line = {"level": "INFO", "message": "m", "ms": 5, "FanOutMs": 5, "_aws": {"CloudWatchMetrics": [directive]}}
    assert (shown(json.dumps(line)) or "").endswith(" m ms=5")
