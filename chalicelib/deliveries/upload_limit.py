"""How many pictures a user may upload; apart from pictures.py, because the socket confirms and uploads nothing."""

from typing import Final

from chalicelib.auth.rate_limits import Limit
from chalicelib.core.error_codes import ErrorCode

# Sixty deliveries with a photo and a signature each, and as many again for networks that fail halfway.
UPLOADS_PER_USER: Final = Limit(
    "pictures", 240, 24 * 3600, code=ErrorCode.TOO_FAST, detail="Too many pictures. Wait before the next one."
)
