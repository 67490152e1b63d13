"""Phone numbers of Taiwan: converts typed ones to the one form in which they are stored.

`phonenumbers` is imported inside functions, because its tables would slow down every cold start.
"""

import re
import unicodedata
from typing import Final

REGION: Final = "TW"
_COUNTRY_CODE: Final = 886

# The library also finds numbers inside prose and reads letters as keys. A phone number field has only a number.
_PATTERN: Final = r"\+?[0-9\s().\-‐‑–—]{1,40}"


def normalise(text: str) -> str:
    """E.164 (`+886912345678`) of a Taiwan mobile or landline number.

    Accepts spaces, dashes, dots, brackets, full-width digits, with or without +886. Raises ValueError for anything
    else, including foreign numbers: our providers do not send abroad, and SMS to expensive foreign numbers are a
    known fraud. It also refuses an extension, because E.164 has none.
    """
    import phonenumbers  # noqa: PLC0415

    cleaned = unicodedata.normalize("NFKC", text).strip()
    if not re.fullmatch(_PATTERN, cleaned):
        raise ValueError("not a phone number")
    try:
        number = phonenumbers.parse(cleaned, REGION)
    except phonenumbers.NumberParseException as error:
        raise ValueError("not a phone number") from error
    if number.country_code != _COUNTRY_CODE or not phonenumbers.is_valid_number(number):
        raise ValueError("not a phone number of Taiwan")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def normalised(text: str) -> str:
    """As `normalise`, but returns an empty text for an invalid number."""
    try:
        return normalise(text)
    except ValueError:
        return ""


def can_receive_sms(e164: str) -> bool:
    """Whether a number made by `normalise` is a mobile one."""
    import phonenumbers  # noqa: PLC0415

    kind = phonenumbers.number_type(phonenumbers.parse(e164, None))
    return bool(kind == phonenumbers.PhoneNumberType.MOBILE)
