"""The probe of the providers, and its result in `/v1/health/notifications`."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import aws as clients
from chalicelib.core.clock import epoch, now, wire
from chalicelib.core.settings import settings
from chalicelib.models.sms_circuit import SmsCircuit
from chalicelib.models.system_metric import SystemMetric
from chalicelib.models.tenant import SmsSettings, Tenant
from chalicelib.sms.probes import METRIC, probe_providers
from chalicelib.sms.providers import cached_providers
from tests import factories
from tests.api_client import ApiClient
from tests.sms.fakes import FakeProvider, always, make_tenant
from tests.sms.gateway import Gateway, running_gateway


@pytest.fixture
def gateways() -> Iterator[Callable[[], Gateway]]:
    with ExitStack() as running:
        yield lambda: running.enter_context(running_gateway())


def tenant_at(url: str, *, key: str | None = "key") -> Tenant:
    tenant = make_tenant(sms=SmsSettings(provider="http", url=url, sender="LuckyGas"))
    if key is not None:
        name = f"{settings().secrets_prefix}/sms/{tenant.id}"
        clients.client("ssm").put_parameter(Name=name, Value=key, Type="SecureString")
    return tenant


def seen(api: ApiClient) -> tuple[str, int]:
    body = health(api)
    return body["status"], body["providers_down"]


def health(api: ApiClient) -> Any:
    """For staff, of a restaurant without a provider of its own."""
    return api.get("/v1/health/notifications", as_=factories.user(factories.tenant("table"))).body


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def test_an_outage_shows_before_any_text_fails_and_its_end_a_minute_later(
    api: ApiClient, gateways: Callable[[], Gateway]
) -> None:
    gateway, began = gateways(), now()
    tenant_at(gateway.url)
    probe_providers(began)
    assert seen(api) == ("healthy", 0)
    gateway.status = 503
    probe_providers(began + minutes(1))
    assert seen(api) == ("degraded", 1)
    gateway.status = 200
    probe_providers(began + minutes(2))
    assert seen(api) == ("healthy", 0)
    assert gateway.paths == ["/sms/health"] * 3
    assert health(api)["provider_checked_at"] == wire(began + minutes(2))


def test_of_two_tenants_with_two_gateways_one_is_down(api: ApiClient, gateways: Callable[[], Gateway]) -> None:
    well, broken = gateways(), gateways()
    broken.status = 503
    tenants = [tenant_at(well.url), tenant_at(broken.url)]
    probe_providers(now())
    assert seen(api) == ("degraded", 1)
    states = {row.at: row.state for row in SystemMetric.query(METRIC)}
    assert states == {tenants[0].id: "ok", tenants[1].id: "http_503"}


def test_a_tenant_whose_probe_fails_and_whose_circuit_is_open_counts_once(
    api: ApiClient, gateways: Callable[[], Gateway]
) -> None:
    gateway = gateways()
    gateway.status = 503
    tenant = tenant_at(gateway.url)
    probe_providers(now())
    SmsCircuit(tenant.id, open_until=epoch(now()) + 30, expires_at=epoch(now()) + 3600).save()
    assert seen(api) == ("degraded", 1)


def test_many_processes_together_probe_a_provider_once_a_minute(aws: None) -> None:
    make_tenant()
    began, probes = now(), []

    class Counted(FakeProvider):
        def probe(self) -> str | None:
            probes.append(1)
            return super().probe()

    for seconds in (0, 1, 30, 54, 60, 61, 90, 120):
        probe_providers(began + timedelta(seconds=seconds), provider_for=always(Counted()))
    assert len(probes) == 3


def test_a_visit_of_the_public_endpoint_asks_no_provider(api: ApiClient, gateways: Callable[[], Gateway]) -> None:
    gateway = gateways()
    tenant_at(gateway.url)
    assert seen(api) == ("healthy", 0)
    assert health(api)["provider_checked_at"] is None
    assert gateway.paths == []


@pytest.mark.parametrize(("status", "state"), [(401, "http_401"), (500, "http_500"), (404, "ok")])
def test_a_refused_key_is_an_outage_and_a_missing_page_is_not(
    aws: None, gateways: Callable[[], Gateway], status: int, state: str
) -> None:
    gateway = gateways()
    gateway.status = status
    tenant = tenant_at(gateway.url)
    probe_providers(now())
    assert SystemMetric.get(METRIC, tenant.id).state == state


@pytest.mark.parametrize(
    ("url", "state"),
    [
        # Reserved for names that do not exist: RFC 2606.
        ("http://gateway.invalid/sms", "connection_error"),
        ("http://127.0.0.1:1/sms", "connection_error"),
        ("not a url", "unusable_settings: InvalidURL"),
    ],
)
def test_a_gateway_that_cannot_be_reached_is_an_outage(aws: None, url: str, state: str) -> None:
    tenant = tenant_at(url)
    probe_providers(now())
    assert SystemMetric.get(METRIC, tenant.id).state == state


def test_a_silent_gateway_is_down_when_patience_ends_and_holds_up_no_other(
    api: ApiClient, gateways: Callable[[], Gateway]
) -> None:
    silent, well = gateways(), gateways()
    silent.stalls = True
    tenants = [tenant_at(silent.url), tenant_at(well.url)]
    probe_providers(now(), patience=0.2)
    states = {row.at: row.state for row in SystemMetric.query(METRIC)}
    assert states == {tenants[0].id: "timeout", tenants[1].id: "ok"}
    assert seen(api) == ("degraded", 1)


def test_a_replaced_key_is_used_at_the_next_probe(aws: None, gateways: Callable[[], Gateway]) -> None:
    gateway, began = gateways(), now()
    gateway.status = 401
    tenant = tenant_at(gateway.url, key="old")
    cached_providers.clear()
    probe_providers(began)
    gateway.status = 200
    name = f"{settings().secrets_prefix}/sms/{tenant.id}"
    clients.client("ssm").put_parameter(Name=name, Value="new", Type="SecureString", Overwrite=True)
    probe_providers(began + minutes(1))
    assert [headers["Authorization"] for headers in gateway.queries] == ["Bearer old", "Bearer new"]


def test_a_missing_key_is_an_outage_of_that_tenant(api: ApiClient, gateways: Callable[[], Gateway]) -> None:
    gateway = gateways()
    tenant = tenant_at(gateway.url, key=None)
    tenant_at(gateway.url)
    probe_providers(now())
    assert SystemMetric.get(METRIC, tenant.id).state == "unusable_settings: ParameterNotFound"
    assert seen(api) == ("degraded", 1)


def test_a_bug_in_a_provider_is_an_outage_of_its_tenant(aws: None) -> None:
    class Broken(FakeProvider):
        def probe(self) -> str | None:
            raise RuntimeError("a bug")

    broken, well = make_tenant(), make_tenant()
    providers = {broken.id: Broken(), well.id: FakeProvider()}
    probe_providers(now(), provider_for=providers.__getitem__)
    states = {row.at: row.state for row in SystemMetric.query(METRIC)}
    assert states == {broken.id: "broken: RuntimeError", well.id: "ok"}


def test_only_active_tenants_with_a_provider_that_can_be_asked_are_asked(aws: None) -> None:
    make_tenant(status="suspended")
    make_tenant(sms=None)
    make_tenant(sms=SmsSettings(provider="sns"))
    probe_providers(now(), provider_for=always(FakeProvider()))
    assert list(SystemMetric.query(METRIC)) == []


def test_an_old_result_is_ignored(api: ApiClient) -> None:
    """The schedule is off, or the tenant has another provider since."""
    SystemMetric(METRIC, "a", noted_at=wire(now() - minutes(4)), state="http_503", failed=9).save()
    assert seen(api) == ("healthy", 0)


def test_the_alarms_metric_counts_from_the_second_failure_in_a_row(aws: None, logged: io.StringIO) -> None:
    make_tenant()
    began = now()
    for minute, script in enumerate([1, 0, 1, 1, 1]):
        provider = FakeProvider(*[RuntimeError()] * script)
        probe_providers(began + minutes(minute), provider_for=always(provider))
    lines: list[dict[str, Any]] = [json.loads(line) for line in logged.getvalue().splitlines()]
    unwell = [line for line in lines if line["message"] == "sms_provider_unwell"]
    assert [line.get("SmsProviderDown") for line in unwell] == [None, None, 1, 1]
    assert [line["message"] for line in lines if line["message"].endswith("again")] == ["sms_provider_well_again"]
