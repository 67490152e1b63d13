"""The labels of statuses in exported and imported tables."""

from collections.abc import Mapping
from typing import Final

STATUS_WORDS: Final[Mapping[str, str]] = {
    "pending": "待確認",
    "confirmed": "已確認",
    "assigned": "已指派",
    "delivering": "配送中",
    "arriving": "即將抵達",
    "arrived": "已抵達",
    "delivered": "已送達",
    "failed": "配送失敗",
    "cancelled": "已取消",
    "preparing": "準備中",
    "ready": "可取餐",
    "served": "已上桌",
    "completed": "已完成",
}
