"""What the texts say: the defaults, a tenant's own, and the variables in them."""

import re
from collections.abc import Mapping
from typing import Final

from chalicelib.logs import log
from chalicelib.models.order import Order
from chalicelib.models.tenant import Tenant

# By kind of tenant and status reached. Restaurants have none: their guests sit at the table and look at the
# page that they ordered from. A restaurant that wants texts (takeaway that is ready) writes its own.
DEFAULTS: Final[Mapping[str, Mapping[str, str]]] = {
    "delivery": {
        "confirmed": "您的瓦斯訂單 {order_number} 已確認。預計送達時間：{scheduled_date}",
        "arriving": "您的瓦斯即將送達！司機將在10-15分鐘內抵達。訂單編號：{order_number}",
        "delivered": "您的瓦斯訂單 {order_number} 已送達。感謝您的訂購！",
    },
}

# Variables and what stands in their place when an order has no such value.
VARIABLES: Final[Mapping[str, str]] = {
    "order_number": "待確認",
    "scheduled_date": "待確認",
    "customer_name": "顧客",
    "address": "待確認",
    "status": "待確認",
    "estimated_time": "待確認",
}

_STATUS_NAMES: Final[Mapping[str, str]] = {
    "pending": "待確認",
    "confirmed": "已確認",
    "assigned": "已派單",
    "delivering": "配送中",
    "arriving": "即將送達",
    "arrived": "已抵達",
    "delivered": "已送達",
    "failed": "配送未成功",
    "cancelled": "已取消",
    "preparing": "準備中",
    "ready": "可取餐",
    "served": "已上菜",
    "completed": "已完成",
}

_VARIABLE = re.compile(r"\{([^{}]*)\}")


def template_for(tenant: Tenant, status: str) -> str | None:
    """The text of this tenant for this status, None when none is sent.

    A tenant's own text goes before the default; an empty one switches the status off. One with a variable that
    does not exist is passed over: a customer must not read `{oder_number}`.
    """
    default = DEFAULTS.get(tenant.kind, {}).get(status)
    own = tenant.sms_templates.as_dict().get(status) if tenant.sms_templates is not None else None
    if own is None:
        return default
    if unknown := check_template(own):
        log.error("sms_template_unusable", extra={"tenant_id": tenant.id, "status": status, "unknown": unknown})
        return default
    return own or None


def check_template(text: str) -> list[str]:
    """The names in braces that are not variables, in order; a text without any can be sent."""
    return [name for name in _VARIABLE.findall(text) if name not in VARIABLES]


def render(template: str, values: Mapping[str, str | None]) -> str:
    """The text with each variable replaced; names that are no variable stay as they are.

    Replaced in one pass and by plain lookup. Not `str.format`: it reaches attributes and indexes of what it is
    given, and a customer's name that holds braces must come out as it is.
    """

    def value_of(found: re.Match[str]) -> str:
        name = found[1]
        return (values.get(name) or VARIABLES[name]) if name in VARIABLES else found[0]

    return _VARIABLE.sub(value_of, template)


def order_values(order: Order) -> dict[str, str | None]:
    """The variables' values for an order as it is now."""
    return {
        "order_number": order.order_number,
        "scheduled_date": order.scheduled_date,
        "customer_name": order.customer_name,
        "address": order.address,
        "status": _STATUS_NAMES.get(order.status),
        "estimated_time": None if order.estimated_time is None else f"{int(order.estimated_time)}分鐘",
    }
