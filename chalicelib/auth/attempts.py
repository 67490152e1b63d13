"""Wrong passwords: five, then the account waits for fifteen minutes.

An attempt is counted before its password is compared and taken back when the password was right, so guesses that
come at the same moment count like guesses one after another. Names that nobody has are counted the same way.
"""

from datetime import datetime
from typing import Final

from pynamodb.exceptions import DoesNotExist, UpdateError

from chalicelib import clock
from chalicelib.errors import TooFast
from chalicelib.models.base import condition_failed
from chalicelib.models.login_name import LoginName

MAX_WRONG: Final = 5
WINDOW_SECONDS: Final = 15 * 60

_UNKNOWN_NAMES_KEPT: Final = 24 * 3600
_TRIES: Final = 3


def reserve_attempt(username: str, *, now: datetime | None = None) -> LoginName:
    """Counts an attempt and returns the name's row, without `user_id` when nobody has the name.

    username: normalised. Raises TooFast while the account waits.
    """
    moment = clock.epoch(now or clock.now())
    for _ in range(_TRIES):
        if (row := _count(username, moment)) is not None:
            return row
        if (wait := _wait(username, moment)) > 0:
            raise TooFast("Too many wrong passwords. Wait before the next try.", retry_after=wait)
        # The count was taken back between the two calls: a right password came in. Count again.
    raise TooFast("Too many tries at once.", retry_after=1)


def forget_attempts(username: str) -> None:
    """The password was right: the next wrong one is the first again."""
    LoginName(username).update([LoginName.failed_count.remove(), LoginName.failed_since.remove()])


def _count(username: str, moment: int) -> LoginName | None:
    window_start = moment - WINDOW_SECONDS
    count, since, expires_at = LoginName.failed_count, LoginName.failed_since, LoginName.expires_at
    common = [since.set(moment), expires_at.set(expires_at | (moment + _UNKNOWN_NAMES_KEPT))]
    # The window moves on with each attempt: no fifteen minutes ever see more than five, where a window that stands
    # still allows nine around its end. The first step is the only one for whoever types the right password.
    steps = (
        (count.set(1), since.does_not_exist() | (since <= window_start)),
        (count.set(count + 1), (since > window_start) & (count < MAX_WRONG)),
    )
    row = LoginName(username)
    for counted, condition in steps:
        try:
            row.update([counted, *common], condition=condition)
        except UpdateError as error:
            if not condition_failed(error):
                raise
        else:
            return row
    return None


def _wait(username: str, moment: int) -> int:
    try:
        row = LoginName.get(username, consistent_read=True)
    except DoesNotExist:
        return 0
    if row.failed_since is None or row.failed_count is None or row.failed_count < MAX_WRONG:
        return 0
    return max(0, int(row.failed_since) + WINDOW_SECONDS - moment)
