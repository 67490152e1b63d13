"""A provider that is down. A separate file, because it waits for minutes while other processes run."""

from collections import Counter
from typing import Any

import pytest

from tests.e2e.client import Client, eventually
from tests.e2e.texts import behave, confirmed, inbox
from tests.patience import CLOCKED_SECONDS


@pytest.mark.takes(360)
def test_an_outage_shows_before_a_text_is_sent_and_all_are_sent_when_it_is_over(
    office: Client, gateway: str
) -> None:
    def health() -> dict[str, Any]:
        answer: dict[str, Any] = office.get("/v1/health/notifications").json()
        return answer

    sent = health()["sent_today"]
    behave(gateway, mode="fail", status=503)
    eventually(lambda: health()["providers_down"] == 1, "the minute's probe", patience=CLOCKED_SECONDS)
    assert (health()["status"], health()["sent_today"]) == ("degraded", sent)
    numbers = [confirmed(office) for _ in range(11)]
    behave(gateway, mode="ok")

    def arrived() -> Counter[str]:
        return Counter(number for text in inbox(gateway) for number in numbers if number in text["message"])

    eventually(lambda: len(arrived()) == 11, "all texts", patience=CLOCKED_SECONDS)
    assert set(arrived().values()) == {1}
    eventually(lambda: health()["providers_down"] == 0, "the next probe", patience=CLOCKED_SECONDS)
