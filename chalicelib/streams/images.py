"""Raw stream images end here: a typed row comes out, or an error that names what is missing."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any, TypeVar

from pynamodb.models import Model

Row = TypeVar("Row", bound=Model)


def typed(model: type[Row], image: Mapping[str, Any] | None) -> Row | None:
    """The image as a row of the model, None for no image.

    Raises ValueError where a required attribute is missing; PynamoDB alone would leave it out silently.
    """
    if not image:
        return None
    row = model.from_raw_data({name: _value(value) for name, value in image.items()})
    missing = [
        name
        for name, attribute in model.get_attributes().items()
        if not attribute.null and getattr(row, name) is None
    ]
    if missing:
        raise ValueError(f"an image of {model.__name__} lacks {', '.join(missing)}")
    return row


def _value(value: Mapping[str, Any]) -> Mapping[str, Any]:
    # Lambda's events are JSON, so bytes come as base64; PynamoDB wants them as botocore reads them.
    return {"B": b64decode(value["B"])} if "B" in value else value
