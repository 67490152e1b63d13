"""Bodies as HTML forms and OAuth2 clients send them: `application/x-www-form-urlencoded`."""

import re
from typing import Final
from urllib.parse import parse_qsl

from chalicelib.core.errors import BadRequest, Invalid

FORM: Final = "application/x-www-form-urlencoded"

_MOST_FIELDS: Final = 100
_NAME: Final = re.compile(r"[A-Za-z0-9_]{1,64}")
# `parse_qsl` accepts invalid escapes unchanged.
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


def parse_form(raw: bytes) -> dict[str, str]:
    """The fields of a form. Raises BadRequest if it is not a form in UTF-8, Invalid for a field sent twice."""
    try:
        text = raw.decode()
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    # UnicodeDecodeError is a ValueError.
    except ValueError as error:
        raise BadRequest("This is not a valid form in UTF-8.") from error
    if _BAD_ESCAPE.search(text):
        raise BadRequest("A % in a form is followed by two hexadecimal digits; a % itself is %25.")
    fields: dict[str, str] = {}
    for name, value in pairs:
        if not _NAME.fullmatch(name):
            # The answer does not repeat the name: when JSON is sent as a form, the whole body is the name.
            raise BadRequest("This is not a valid form: a field's name has letters, digits and _ only.")
        if name in fields:
            raise Invalid((name, "sent more than once"))
        fields[name] = value
    return fields
