"""Masked and unmasked values of the log, and the form of its lines."""

import io
import json
from datetime import datetime
from typing import Any

import pytest

from chalicelib.core.logs import bind, log, masked


def line_of(logged: io.StringIO) -> dict[str, Any]:
    [line] = logged.getvalue().splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


@pytest.mark.parametrize("field", ["token", "refresh_token", "password", "api_key", "Authorization"])
def test_a_secret_is_hidden_wherever_it_stands(field: str) -> None:
    assert masked({"a": [{field: "s3cret"}]}) == {"a": [{field: "[hidden]"}]}
    assert masked({field: b"s3cret"}) == {field: "[hidden]"}
    assert masked({field: {"deep": ["s3cret"]}}) == {field: "[hidden]"}


@pytest.mark.parametrize("value", [3, 0, 1.5, True, False, None])
def test_a_count_of_expired_tokens_can_be_read(value: object) -> None:
    assert masked({"token_expired": value, "password_changed": value}) == {
        "token_expired": value,
        "password_changed": value,
    }


def test_a_line_is_json_with_the_invocations_fields_and_its_own(logged: io.StringIO) -> None:
    bind("a-correlation", tenant_id="t1", user_id=None)
    log.info("顧客_created", extra={"ms": 1.5, "at": datetime(2026, 11, 30), "nothing": None})  # noqa: DTZ001
    line = line_of(logged)
    assert datetime.fromisoformat(line.pop("timestamp")).utcoffset() is not None
    assert line.pop("location").startswith("test_a_line_is_json_with_the_invocations_fields_and_its_own:")
    assert line == {
        "level": "INFO",
        "message": "顧客_created",
        "service": "luckygas",
        "correlation_id": "a-correlation",
        "tenant_id": "t1",
        "ms": 1.5,
        "at": "2026-11-30 00:00:00",
    }
    assert "顧客" in logged.getvalue()


def test_an_invocation_does_not_log_fields_of_the_one_before(logged: io.StringIO) -> None:
    bind("first", tenant_id="t1")
    bind("second")
    log.info("done")
    line = line_of(logged)
    assert line["correlation_id"] == "second"
    assert "tenant_id" not in line


def test_a_traceback_is_a_field_and_masked_like_others(logged: io.StringIO) -> None:
    bind("c-1")
    try:
        raise ValueError("call 0912345678")
    except ValueError:
        log.exception("failed")
    line = line_of(logged)
    assert (line["level"], line["exception_name"]) == ("ERROR", "ValueError")
    assert line["exception"].endswith("ValueError: call …678")
    assert line["exception"].startswith("Traceback")
