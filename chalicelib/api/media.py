"""Types of answers that are not JSON, for the OpenAPI document. Their bytes are sent unchanged."""

from typing import Annotated

from msgspec import Meta

Html = Annotated[str, Meta(extra_json_schema={"contentMediaType": "text/html"})]
Csv = Annotated[str, Meta(extra_json_schema={"contentMediaType": "text/csv"})]
PlainText = Annotated[str, Meta(extra_json_schema={"contentMediaType": "text/plain"})]
Svg = Annotated[str, Meta(extra_json_schema={"contentMediaType": "image/svg+xml"})]
Png = Annotated[bytes, Meta(extra_json_schema={"contentMediaType": "image/png"})]
