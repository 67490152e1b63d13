"""The gateways of this process, one for each Patience, made on first use."""

from functools import cache
from typing import TYPE_CHECKING

from chalicelib.core import aws
from chalicelib.core.settings import settings
from chalicelib.realtime.posts import BRIEF, PATIENT, Patience

if TYPE_CHECKING:
    from chalicelib.realtime.poster import Poster


@cache
def posters() -> "dict[Patience, Poster]":
    """The gateways that this process has made."""
    return {}


def gateway(patience: Patience = BRIEF) -> "Poster":
    """The gateway of this process for a Patience; each has its own links."""
    if patience not in posters():
        posters()[patience] = make_poster(patience)
    return posters()[patience]


def make_poster(patience: Patience) -> "Poster":
    """A new gateway of this process."""
    # Imported here: it takes a tenth of a cold start, most of it for asyncio, and many functions never post.
    from chalicelib.realtime.poster import Poster  # noqa: PLC0415
    from chalicelib.realtime.signer import Credentials  # noqa: PLC0415
    from chalicelib.realtime.slow import slow_connections  # noqa: PLC0415

    def credentials() -> Credentials:
        frozen = aws.session().get_credentials().get_frozen_credentials()
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token)

    return Poster(
        settings().ws_endpoint,
        settings().region,
        credentials=credentials,
        pauses=patience.pauses,
        post_seconds=patience.post_seconds,
        batch_seconds=patience.batch_seconds,
        young_tries=patience.young_tries,
        # `fan_out` waits for slow connections, so it does not record them.
        slow=None if patience is PATIENT else slow_connections(),
    )
