"""The text for the customer at each status of an order, in zh-TW."""

from collections.abc import Mapping
from typing import Final

DELIVERY_TEXTS: Final[Mapping[str, str]] = {
    "pending": "已收到您的訂單，等待確認",
    "confirmed": "您的訂單已確認",
    "assigned": "已為您安排司機",
    "delivering": "司機已出發，您的瓦斯正在配送中",
    "arriving": "司機即將到達，請準備接收瓦斯",
    "arrived": "司機已到達，請準備接收瓦斯",
    "delivered": "您的瓦斯已送達，感謝您的訂購！",
    "failed": "本次配送未完成，我們將盡快與您聯絡",
    "cancelled": "您的訂單已取消",
    "preparing": "餐點準備中",
    "ready": "您的餐點已準備好",
    "served": "餐點已送上，請慢用",
    "completed": "訂單已完成，謝謝光臨！",
}
_ANY_OTHER: Final = "您的訂單狀態已更新"


def delivery_text(status: str) -> str:
    """The sentence for a status; a general one for other statuses."""
    return DELIVERY_TEXTS.get(status, _ANY_OTHER)
