"""A provider that is down. A file of its own: it waits for most of a minute, while other processes can go on."""

from collections import Counter
from typing import Any

import pytest

from tests.e2e.client import Client, eventually
from tests.e2e.texts import behave, confirmed, inbox


@pytest.mark.timeout(240)
def test_an_outage_degrades_health_and_everything_is_sent_when_it_is_over(office: Client, gateway: str) -> None:
    def health() -> dict[str, Any]:
        answer: dict[str, Any] = office.get("/v1/health/notifications").json()
        return answer

    behave(gateway, mode="fail", status=503)
    numbers = [confirmed(office) for _ in range(8)]
    eventually(lambda: health()["providers_down"] == 1, "the circuit opening", patience=60)
    assert health()["status"] == "degraded"
    later = [confirmed(office) for _ in range(3)]
    behave(gateway, mode="ok")

    def arrived() -> Counter[str]:
        return Counter(
            number for text in inbox(gateway) for number in numbers + later if number in text["message"]
        )

    eventually(lambda: len(arrived()) == 11, "all texts", patience=150)
    assert set(arrived().values()) == {1}
    assert health()["providers_down"] == 0
