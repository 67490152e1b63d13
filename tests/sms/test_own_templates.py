"""The tenant's settings and texts of SMS."""

import pytest
from msgspec import UNSET
from pynamodb.exceptions import UpdateError

from chalicelib.core import clock
from chalicelib.core.errors import Conflict
from chalicelib.models.tenant import Tenant
from chalicelib.sms.own_templates import change_settings, save_template
from tests import factories
from tests.sms.fakes import make_tenant

pytestmark = pytest.mark.usefixtures("aws")


def change(tenant: Tenant, links: list[str]) -> None:
    admin = factories.principal(tenant, "admin")
    change_settings(admin, tenant, language=UNSET, price=UNSET, links=links, numbers=UNSET, daily_cap=UNSET)


def test_a_link_that_a_text_uses_stays_allowed() -> None:
    tenant = make_tenant(sms_allowed_links=["gas.example"])
    admin = factories.principal(tenant, "admin")
    save_template(admin, tenant, "confirmed", "zh-TW", "https://gas.example/a", now=clock.now())
    with pytest.raises(Conflict):
        change(tenant, [])
    assert Tenant.get(tenant.id).sms_allowed_links == ["gas.example"]


def test_settings_of_a_deleted_tenant_make_no_row() -> None:
    tenant = make_tenant()
    tenant.delete()
    with pytest.raises(UpdateError):
        change(tenant, ["gas.example"])
    assert Tenant.find(tenant.id) is None
