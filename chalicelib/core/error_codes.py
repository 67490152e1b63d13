"""The error codes: the `code` of each refusal, its statuses and its sentence."""

from enum import StrEnum
from typing import Self


class ErrorCode(StrEnum):
    """A code of the API; its meaning does not change after a release.

    statuses: the HTTP statuses that it comes with. detail: its sentence; "" if each raise has its own.
    """

    statuses: tuple[int, ...]
    detail: str

    def __new__(cls, word: str, statuses: int | tuple[int, ...], detail: str = "") -> Self:
        member = str.__new__(cls, word)
        member._value_ = word
        member.statuses = statuses if isinstance(statuses, tuple) else (statuses,)
        member.detail = detail
        return member

    ACCEPT_NEEDED = "accept_needed", 400, "Send `Accept: image/png` for a PNG."
    BAD_REQUEST = "bad_request", 400
    BINARY_NOT_SUPPORTED = "binary_not_supported", 400, "Send text frames with JSON."
    MALFORMED_JSON = "malformed_json", 400
    UNKNOWN_TYPE = "unknown_type", 400

    INVALID_REFRESH_TOKEN = "invalid_refresh_token", 401, "The refresh token is not valid. Sign in again."
    INVALID_TOKEN = "invalid_token", 401
    QR_EXPIRED = "qr_expired", (401, 422)
    QR_INVALID = "qr_invalid", (401, 422)
    REFRESH_TOKEN_REUSED = "refresh_token_reused", 401, "The refresh token was used before; the session has ended."
    SESSION_REVOKED = "session_revoked", 401
    TOKEN_EXPIRED = "token_expired", 401
    TOKEN_OUTDATED = "token_outdated", 401, "The user has changed. Refresh the access token."
    TOTP_REQUIRED = "totp_required", 401, "Send a code of the authenticator app, too."
    TOTP_WRONG = "totp_wrong", (401, 422), "The code is wrong, or was used before."
    UNAUTHENTICATED = "unauthenticated", 401
    WRONG_CREDENTIALS = "wrong_credentials", 401, "The username or the password is wrong."

    CHANNEL_FORBIDDEN = "channel_forbidden", 403
    DELIVERY_ONLY = "delivery_only", 403
    FORBIDDEN = "forbidden", 403
    NOT_A_RESTAURANT = "not_a_restaurant", 403, "Only restaurants have tables."
    PASSWORD_CHANGE_REQUIRED = "password_change_required", 403, "Change the initial password first."
    TABLE_SUSPENDED = "table_suspended", 403, "This table accepts no orders at present."
    TENANT_SUSPENDED = "tenant_suspended", 403, "This business is suspended."
    USER_SUSPENDED = "user_suspended", 403, "This account is suspended."

    NOT_FOUND = "not_found", 404

    METHOD_NOT_ALLOWED = "method_not_allowed", 405

    ALREADY_CONFIRMED = "already_confirmed", 409, "This order has been delivered and confirmed already."
    ALREADY_QUEUED = "already_queued", 409
    ALREADY_SENT = "already_sent", 409
    BUSY = "busy", (409, 503)
    CANNOT_BE_SENT = "cannot_be_sent", 409
    CHANGES_FULL = "changes_full", 409, "The money of this order has been changed too often."
    CLOSED = "closed", 409, "Orders are not taken at this hour."
    CONFLICT = "conflict", 409
    HISTORY_FULL = "history_full", 409, "This order has been moved too often."
    ILLEGAL_PAYMENT_STEP = "illegal_payment_step", 409
    ILLEGAL_TRANSITION = "illegal_transition", 409
    IMPORT_HAS_ERRORS = "import_has_errors", 409
    IMPORT_NOT_READY = "import_not_ready", 409
    LINK_IN_USE = "link_in_use", 409
    MAY_HAVE_ARRIVED = "may_have_arrived", 409, "This text may have arrived, and would be sent twice."
    NO_DATES_LEFT = "no_dates_left", 409, "There is no date left before the end."
    NUMBER_IN_USE = "number_in_use", 409
    NUMBER_TAKEN = "number_taken", 409
    ORDER_CLOSED = "order_closed", 409
    ORDER_DELIVERED = "order_delivered", 409
    ORDER_PAID = "order_paid", 409
    ORDER_UNDER_WAY = "order_under_way", 409
    OWN_ACCOUNT = "own_account", 409, "Admins cannot suspend or demote themselves."
    OWN_PASSWORD = "own_password", 409, "Change your own password under /v1/auth/password."
    PRICE_CHANGED = "price_changed", 409
    ROUTE_CLOSED = "route_closed", 409
    ROUTE_EMPTY = "route_empty", 409, "There is no order on this route any more."
    ROUTE_UNDER_WAY = "route_under_way", 409
    STALE_VERSION = "stale_version", 409
    STOPS_OPEN = "stops_open", 409
    TOO_MANY_CHANNELS = "too_many_channels", 409
    TOO_MANY_DISPLAY_TOKENS = "too_many_display_tokens", 409
    TOTP_NOT_STARTED = "totp_not_started", 409, "Start with a new secret first."
    TOTP_OFF = "totp_off", 409, "Codes are off."
    TOTP_ON = "totp_on", 409, "Codes are on already. Turn them off first."
    USERNAME_TAKEN = "username_taken", 409, "This username is taken."

    MESSAGE_TOO_LARGE = "message_too_large", 413
    TOO_LARGE = "too_large", 413

    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type", 415

    CLOCK_WRONG = "clock_wrong", 422
    CUSTOMER_SUSPENDED = "customer_suspended", 422
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused", 422
    INVALID = "invalid", 422
    LINK_NOT_ALLOWED = "link_not_allowed", 422
    NUMBER_NOT_ALLOWED = "number_not_allowed", 422
    ORDER_TOO_LARGE = "order_too_large", 422
    PASSWORD_NEEDED = "password_needed", 422
    PASSWORD_UNCHANGED = "password_unchanged", 422
    PASSWORD_WEAK = "password_weak", 422
    PASSWORD_WRONG = "password_wrong", 422
    PIN_WRONG = "pin_wrong", 422
    QR_OTHER_ORDER = "qr_other_order", 422
    QR_USED = "qr_used", 422
    REASON_REQUIRED = "reason_required", 422
    SERIAL_MISMATCH = "serial_mismatch", 422
    SOLD_OUT = "sold_out", 422
    TEXTS_DELETED = "texts_deleted", 422
    TOO_MANY_ORDERS = "too_many_orders", (422, 429)
    UNKNOWN_VARIABLE = "unknown_variable", 422
    UPLOAD_INVALID = "upload_invalid", 422
    UPLOAD_MISSING = "upload_missing", 422

    PIN_LOCKED = "pin_locked", 429, "Too many wrong PINs. Wait, or confirm in another way."
    RATE_LIMITED = "rate_limited", 429
    TOO_FAST = "too_fast", 429
    TOO_MANY_CONNECTIONS = "too_many_connections", 429
    TOO_MANY_CONNECTS = "too_many_connects", 429
    TOO_MANY_IMPORTS = "too_many_imports", 429
    TOO_MANY_PROPOSALS = "too_many_proposals", 429
    TOO_MANY_SIGN_INS = "too_many_sign_ins", 429

    INTERNAL_ERROR = "internal_error", 500
    ROW_UNREADABLE = "row_unreadable", 500

    UNAVAILABLE = "unavailable", 503

    # Stored as the `problem` of a file that cannot be imported; not a code of an HTTP answer.
    BROKEN_CSV = "broken_csv", ()
    BROKEN_XLSX = "broken_xlsx", ()
    CELL_TOO_LONG = "cell_too_long", ()
    EMPTY_FILE = "empty_file", ()
    FILE_EXPIRED = "file_expired", ()
    FILE_MISSING = "file_missing", ()
    FILE_TOO_LARGE = "file_too_large", ()
    MISSING_COLUMNS = "missing_columns", ()
    NO_ROWS = "no_rows", ()
    NOT_TEXT = "not_text", ()
    OLD_EXCEL = "old_excel", ()
    REPEATED_COLUMN = "repeated_column", ()
    ROWS_FAILED = "rows_failed", ()
    TOO_MANY_COLUMNS = "too_many_columns", ()
    TOO_MANY_ROWS = "too_many_rows", ()
    UNKNOWN_COLUMN = "unknown_column", ()
    UNKNOWN_ENCODING = "unknown_encoding", ()
    WRONG_FORMAT = "wrong_format", ()
    XLSX_TOO_LARGE = "xlsx_too_large", ()
