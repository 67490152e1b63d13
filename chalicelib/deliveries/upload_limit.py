"""The limit of picture uploads per user. Not in pictures.py, which the WebSocket imports without uploads."""

from typing import Final

from chalicelib.auth.rate_limits import Limit
from chalicelib.core.error_codes import ErrorCode

# Sixty deliveries with a photo and a signature each, twice, because uploads on bad networks are repeated.
UPLOADS_PER_USER: Final = Limit(
    "pictures", 240, 24 * 3600, code=ErrorCode.TOO_FAST, detail="Too many pictures. Wait before the next one."
)
