"""The SMS providers, by the name in a tenant's settings. `sms`, the API and consumers may import them."""

from collections.abc import Callable, Mapping
from typing import Final

from chalicelib.core import aws
from chalicelib.models.tenant import Tenant
from chalicelib.sms.providers.base import Provider
from chalicelib.sms.ttl_cache import TtlCache


class NoProvider(LookupError):
    """The tenant has no provider, or one that does not exist."""


def _http(tenant: Tenant) -> Provider:
    # Imported here because every function imports this module, and only `send_sms` needs `requests`.
    from chalicelib.sms.providers.http import HttpProvider  # noqa: PLC0415

    return HttpProvider(tenant.sms.url, tenant.sms.sender, _key(tenant.id))


def _mitake(tenant: Tenant) -> Provider:
    from chalicelib.sms.providers.mitake import URL, MitakeProvider  # noqa: PLC0415

    return MitakeProvider(tenant.sms.username, _key(tenant.id), tenant.sms.url or URL)


def _sns(tenant: Tenant) -> Provider:
    from chalicelib.sms.providers.sns import SnsProvider  # noqa: PLC0415

    return SnsProvider(tenant.sms.sender)


PROVIDERS: Final[Mapping[str, Callable[[Tenant], Provider]]] = {"http": _http, "mitake": _mitake, "sns": _sns}

# Cached with their connections and keys. After replacing a key in Parameter Store, the old one is used for up to
# five minutes and must stay valid that long.
cached_providers: Final[TtlCache[Provider]] = TtlCache(300)


def has_provider(tenant: Tenant) -> bool:
    """Whether the tenant has a known provider."""
    return tenant.sms is not None and tenant.sms.provider in PROVIDERS


def provider_for(tenant_id: str) -> Provider:
    """The tenant's provider, ready to send. Raises NoProvider; botocore's ClientError when the key is missing."""
    tenant = Tenant.find(tenant_id)
    if tenant is None:
        raise NoProvider(tenant_id)
    if not has_provider(tenant):
        raise NoProvider(tenant_id)
    sms = tenant.sms
    account = (tenant.id, sms.provider, sms.url, sms.sender, sms.username)
    return cached_providers.get(account, lambda: PROVIDERS[tenant.sms.provider](tenant))


def _key(tenant_id: str) -> str:
    return aws.read_secret(f"sms/{tenant_id}").strip()
