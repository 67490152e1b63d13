"""Function `fan_out`: posts a chunk of a large audience, which another function hands to it."""

from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint

from chalicelib.core.logs import bind
from chalicelib.realtime.broadcast import post_chunk
from chalicelib.realtime.chunks import decoded

bp = Blueprint(__name__)


@bp.lambda_function(name="fan_out")
def fan_out(event: Mapping[str, Any], _: object) -> None:
    """event: {`chunk`}. Raises GatewayDown; Lambda then repeats the chunk, after one and after two minutes."""
    bind("several")
    post_chunk(decoded(event["chunk"]))
