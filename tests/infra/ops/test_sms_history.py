"""Setting how long a tenant's SMS are stored, also for existing ones."""

from datetime import UTC, datetime

import pytest

from chalicelib.models.notification import Notification
from chalicelib.models.tenant import Tenant
from chalicelib.sms.retention import expires_at, stored_from
from infra.ops.sms_history import give_expiry, main, outdated, set_months
from tests.factories import Business
from tests.reports.figures import text

NOW = datetime(2026, 11, 30, 4, tzinfo=UTC)
OLD, NEW = "2024-01-01T04:00:00.000Z", "2026-11-01T04:00:00.000Z"


def test_texts_of_earlier_versions_get_an_expiry_once(gas: Business) -> None:
    for at in (OLD, NEW):
        text(gas, at, "sent")
    assert give_expiry(gas.tenant) == 2
    assert {row.created_at: row.expires_at for row in Notification.query(gas.tenant.id)} == {
        at: expires_at(gas.tenant, at) for at in (OLD, NEW)
    }
    assert give_expiry(gas.tenant) == 0


def test_other_months_give_every_text_another_expiry(gas: Business) -> None:
    text(gas, NEW, "sent")
    give_expiry(gas.tenant)
    set_months(gas.tenant, 6, NOW)
    assert len(list(outdated(gas.tenant))) == 1
    give_expiry(gas.tenant)
    [row] = Notification.query(gas.tenant.id)
    assert row.expires_at == expires_at(Tenant("t", sms_history_months=6), NEW)


def test_more_months_bring_nothing_back(gas: Business) -> None:
    set_months(gas.tenant, 1, NOW)
    first = stored_from(gas.tenant, NOW)
    set_months(gas.tenant, 24, NOW)
    stored = Tenant.get(gas.tenant.id)
    assert (stored.sms_history_months, stored_from(stored, NOW)) == (24, first)


@pytest.mark.parametrize("more", [["--months", "6"], ["--tenant", "t", "--months", "0"]])
def test_months_are_for_one_business_and_within_limits(
    stage: str, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    assert main(["--stage", stage, *more]) == 1
    assert "MONTHS is 1 to 120" in capsys.readouterr().err


def test_without_a_business_all_get_it(stage: str, gas: Business, capsys: pytest.CaptureFixture[str]) -> None:
    text(gas, OLD, "sent")
    assert main(["--stage", stage]) == 0
    assert "18 months; YES=1 makes 1 changes" in capsys.readouterr().out
    assert main(["--stage", stage, "--yes"]) == 0
    assert "18 months; 1 changed" in capsys.readouterr().out
