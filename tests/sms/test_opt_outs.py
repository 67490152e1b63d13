"""Opt-outs by number and by customer."""

import pytest

from chalicelib.core.clock import now
from chalicelib.models.customer import Customer
from chalicelib.sms.opt_outs import opt_in, opt_out, opted_out
from tests import factories
from tests.sms.fakes import make_tenant

pytestmark = pytest.mark.usefixtures("aws")

PHONE = "+886912345678"


def test_a_customer_who_opts_in_again_receives_sms() -> None:
    tenant = make_tenant()
    customer = factories.customer(tenant)
    opt_out(tenant.id, PHONE, customer_id=customer.id, by="link", now=now())
    assert (opted_out(tenant.id, PHONE), Customer.get(tenant.id, customer.id).sms_opt_out) == (
        True,
        True,
    )
    opt_in(tenant.id, PHONE, customer_id=customer.id, by="link")
    assert (opted_out(tenant.id, PHONE), Customer.get(tenant.id, customer.id).sms_opt_out) == (
        False,
        False,
    )


def test_an_opt_out_of_a_deleted_customer_makes_no_row() -> None:
    tenant = make_tenant()
    opt_out(tenant.id, None, customer_id="deleted", by="link", now=now())
    assert Customer.find(tenant.id, "deleted") is None
