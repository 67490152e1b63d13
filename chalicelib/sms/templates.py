"""SMS texts: the defaults, their variables, and checks of tenants' texts."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from chalicelib.auth.links import CODE_LENGTH, link_url
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Invalid
from chalicelib.core.settings import settings
from chalicelib.models.customer import Customer
from chalicelib.models.order import Order
from chalicelib.sms.registered import is_allowed_link, links_in, numbers_in

LANGUAGES: Final = ("zh-TW", "en")

# By kind of tenant, new status and language. Restaurants have none, because their guests sit at the table with the
# page open. A restaurant that needs SMS (for takeaway) writes its own texts.
DEFAULTS: Final[Mapping[str, Mapping[str, Mapping[str, str]]]] = {
    "delivery": {
        "confirmed": {
            "zh-TW": "您的瓦斯訂單 {order_number} 已確認。預計送達時間：{scheduled_date}",
            "en": "Your gas order {order_number} is confirmed. Expected delivery: {scheduled_date}",
        },
        "arriving": {
            "zh-TW": "您的瓦斯即將送達！司機將在10-15分鐘內抵達。訂單編號：{order_number}",
            "en": "Your gas is almost there! The driver arrives in 10-15 minutes. Order {order_number}",
        },
        "delivered": {
            "zh-TW": "您的瓦斯訂單 {order_number} 已送達。感謝您的訂購！",
            "en": "Your gas order {order_number} has been delivered. Thank you!",
        },
    },
}

# By language: variables, and the text in their place if an order has no such value.
VARIABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "zh-TW": {
        "order_number": "待確認",
        "scheduled_date": "待確認",
        "customer_name": "顧客",
        "address": "待確認",
        "status": "待確認",
        "estimated_time": "待確認",
        "pin": "待確認",
    },
    "en": {
        "order_number": "to be confirmed",
        "scheduled_date": "to be confirmed",
        "customer_name": "customer",
        "address": "to be confirmed",
        "status": "to be confirmed",
        "estimated_time": "to be confirmed",
        "pin": "to be confirmed",
    },
}

# Each becomes a new link for each SMS.
LINK_VARIABLES: Final = ("tracking_url", "opt_out_url")

STATUS_NAMES: Final[Mapping[str, Mapping[str, str]]] = {
    "zh-TW": {
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
    },
    "en": {
        "pending": "to be confirmed",
        "confirmed": "confirmed",
        "assigned": "assigned to a driver",
        "delivering": "on its way",
        "arriving": "almost there",
        "arrived": "there",
        "delivered": "delivered",
        "failed": "could not be delivered",
        "cancelled": "cancelled",
        "preparing": "being prepared",
        "ready": "ready",
        "served": "served",
        "completed": "completed",
    },
}

# The longest value of a variable; longer ones are cut, because every 67 characters are billed as one SMS.
LONGEST_VALUE: Final = 60

_VARIABLE = re.compile(r"\{([^{}]*)\}")


def default_text(kind: str, status: str, language: str) -> str | None:
    """The default text of a kind of tenant, or None."""
    return DEFAULTS.get(kind, {}).get(status, {}).get(language)


def check_template(text: str, links: Collection[str], numbers: Collection[str] | None) -> None:
    """Raises Invalid: `unknown_variable`, `link_not_allowed` or `number_not_allowed`.

    links, numbers: those that the tenant has registered, see sms/registered.py. numbers: E.164, None for any.
    """
    known = {*VARIABLES[LANGUAGES[0]], *LINK_VARIABLES}
    for name in _VARIABLE.findall(text):
        if name not in known:
            message = f"unknown variable {{{name}}}; there are {', '.join(sorted(known))}"
            raise Invalid(("text", message), code=ErrorCode.UNKNOWN_VARIABLE)
    if any(f"{{{name}}}" in text for name in LINK_VARIABLES) and not settings().public_url:
        raise Invalid(("text", "this stage has no public address to link to"), code=ErrorCode.LINK_NOT_ALLOWED)
    # Other variables become one letter, because `{customer_name}.tw` is a link.
    shown = render(text, dict.fromkeys(known, "x") | dict.fromkeys(LINK_VARIABLES, sample_link()), LANGUAGES[0])
    for link in links_in(shown):
        if not is_allowed_link(link, links):
            message = f"{link} is not among the allowed links. If it is none, put a space after the dot"
            raise Invalid(("text", message), code=ErrorCode.LINK_NOT_ALLOWED)
    if numbers is None:
        return
    for number in numbers_in(shown):
        if number not in numbers:
            raise Invalid(
                ("text", f"{number} is not among the allowed numbers"), code=ErrorCode.NUMBER_NOT_ALLOWED
            )


def sample_link() -> str:
    """A link as long as real ones are, for previews."""
    return link_url("X" * CODE_LENGTH)


def variables_in(text: str) -> set[str]:
    """The names in braces."""
    return set(_VARIABLE.findall(text))


def render(template: str, values: Mapping[str, str | None], language: str) -> str:
    """The text with each variable replaced; unknown names in braces do not change.

    Replaces in one pass by plain lookup. `str.format` would evaluate attributes and indexes, and a customer's name
    with braces must not be changed.
    """
    instead = VARIABLES[language]

    def value_of(found: re.Match[str]) -> str:
        return values.get(found[1]) or instead.get(found[1]) or found[0]

    return _VARIABLE.sub(value_of, template)


def order_values(order: Order, language: str, customer: Customer | None) -> dict[str, str | None]:
    """The values of an order's variables, without the links. customer: the order's.

    If a customer's login may have typed name and address, those of the customer's row are used, or none.
    """
    name: str | None = order.customer_name
    address: str | None = order.address
    if order.customer_login is not None:
        name = customer.name if customer is not None else None
        address = address if customer is not None and address == customer.address else None
    minutes = None if order.estimated_time is None else int(order.estimated_time)
    return {
        "order_number": order.order_number,
        "scheduled_date": order.scheduled_date,
        "customer_name": _without_links(name),
        "address": _without_links(address),
        "status": STATUS_NAMES[language].get(order.status),
        "estimated_time": None
        if minutes is None
        else f"{minutes}分鐘"
        if language == "zh-TW"
        else f"{minutes} min",
        "pin": order.pin,
    }


def _without_links(value: str | None) -> str | None:
    """A text typed by a customer, on one line and cut; None if it contains a link.

    A link in a name would be sent in the tenant's name, or the carrier would drop the SMS.
    """
    if value is None or links_in(value):
        return None
    line = " ".join(value.split())
    return line if len(line) <= LONGEST_VALUE else line[: LONGEST_VALUE - 1] + "…"
