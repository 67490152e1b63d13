"""A damaged row of an SMS, number or provider neither delays other SMS nor sends one after an opt-out."""

import io

import pytest

from chalicelib.core.clock import from_wire, local_date
from chalicelib.models.notification import Notification
from chalicelib.models.sms_circuit import SmsCircuit
from chalicelib.models.sms_opt_out import SmsOptOut
from chalicelib.sms import opt_outs
from chalicelib.sms.circuit import Gate, gate
from chalicelib.sms.history import day_stats
from chalicelib.sms.outcomes import Next
from chalicelib.sms.sending import send_all
from tests.core.test_metrics import metrics
from tests.factories import principal
from tests.models.damage import damage_item, without_it
from tests.sms.fakes import Clock, FakeProvider, always, facts, make_tenant, task_for
from tests.sms.test_sending import queued

pytestmark = pytest.mark.usefixtures("aws")

PHONE = "+886912345678"


def test_a_text_whose_row_is_damaged_comes_again_and_the_others_are_sent(logged: io.StringIO) -> None:
    tenant, provider = make_tenant(), FakeProvider()
    bad, good = queued(tenant), queued(tenant)
    damage_item(Notification, {"tenant_id": tenant.id, "id": bad.id}, without_it, "content")

    done = send_all([task_for(bad), task_for(good)], provider_for=always(provider), now=Clock())

    assert done == [Next.AGAIN, Next.DONE]
    assert facts(good, "status") == ("sent",)
    assert metrics(logged)["RowsUnreadable"] == 1


def test_a_number_whose_opt_out_is_damaged_still_wants_no_texts() -> None:
    opt_outs.opt_out("t", PHONE, by="link", now=Clock()())
    damage_item(SmsOptOut, {"tenant_id": "t", "phone": PHONE}, without_it, "made_by")

    assert opt_outs.opted_out("t", PHONE)
    assert opt_outs.all_opted_out([("t", PHONE)]) == {("t", PHONE)}


def test_texts_go_out_although_the_row_about_their_provider_is_damaged() -> None:
    SmsCircuit("t", failures=1, expires_at=2**31).save()
    damage_item(SmsCircuit, {"account": "t"}, without_it, "expires_at")

    assert gate("t", Clock()()) == Gate(troubled=True)


def test_a_text_with_a_status_of_a_newer_version_keeps_no_other_from_the_days_figures() -> None:
    tenant = make_tenant()
    newer, known = queued(tenant), queued(tenant)
    newer.update([Notification.status.set("read")])

    at = from_wire(known.created_at)
    stats = day_stats(principal(tenant), tenant, local_date(at, tenant.time_zone), at)

    assert (stats.total, stats.queued) == (1, 1)
