"""Delivers a batch so that no connection and no tenant delays the others.

All connections of all tenants get one post in parallel, with a short time-out. Undelivered posts go to `fan_out`,
which repeats them. For a while, posts to a connection that timed out go to `fan_out` at once.
"""

from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from typing import Final

from msgspec import Struct, field

from chalicelib.core.logs import log
from chalicelib.realtime import connections
from chalicelib.realtime.backlog import backlog
from chalicelib.realtime.chunks import MOST_POSTS, hand_over
from chalicelib.realtime.events import Stamped
from chalicelib.realtime.gateway import gateway
from chalicelib.realtime.posts import BRIEF, FIRST_ROUND, Gateway, Outcome, Post
from chalicelib.realtime.slow import slow_connections

# So many refusals, if they are most of a round, are caused by the account's quota. Then the stream itself repeats
# the posts, because handing them to `fan_out` would only add to the load.
_QUOTA_REFUSALS: Final = 50

# The errors of deliveries, by tenant.
Failures = MutableMapping[str, list[Exception]]


class Delivery(Struct):
    """The delivery of a tenant's batch. posts: to all subscribers.

    here: the posts that this function sends. left: those handed to `fan_out`. not_accepted: those of them that
    Lambda did not accept. outcome: of the posts sent here.
    """

    tenant_id: str
    batch: Sequence[Stamped]
    posts: Sequence[Post]
    here: list[Post] = []
    left: list[Post] = []
    handed_over: int = 0
    not_accepted: int = 0
    outcome: Outcome = field(default_factory=Outcome)

    @property
    def correlation_ids(self) -> list[str]:
        """The correlation ids of the events."""
        return sorted({each.event.correlation_id for each in self.batch})

    @property
    def is_unanswered(self) -> bool:
        """Whether no connection answered and `fan_out` does not repeat the posts either."""
        is_repeated = bool(self.left) and not self.not_accepted
        return bool(self.here) and not self.outcome.answered and not is_repeated


def send(deliveries: Sequence[Delivery], given: Gateway | None, failures: Failures) -> None:
    """Sends the posts or hands them over; fills in the deliveries. given: the gateway; None for the process's."""
    for each in deliveries:
        with collect_failures(failures, "chunks_not_made", each.tenant_id):
            _split(each)
    _post_once(deliveries, given)
    _hand_to_fan_out(deliveries, given)
    for each in deliveries:
        with collect_failures(failures, "connections_not_forgotten", each.tenant_id):
            connections.delete(each.outcome.gone)


@contextmanager
def collect_failures(failures: Failures, message: str, tenant_id: str) -> Iterator[None]:
    """Adds exceptions raised inside to the tenant's failures, and logs them as `message`."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 — whatever it is, the other tenants must still be served
        log.exception(message, extra={"tenant_id": tenant_id})
        failures.setdefault(tenant_id, []).append(error)


def _split(delivery: Delivery) -> None:
    """Hands over the posts of a large audience and those to slow connections; the others stay in `here`."""
    posts = delivery.posts
    if len(posts) > MOST_POSTS:
        posts = hand_over(posts, delivery.tenant_id, delivery.correlation_ids)
        delivery.handed_over = len(delivery.posts) - len(posts)
    since = slow_connections().since
    delivery.left = [post for post in posts if since(post.connection_id) is not None]
    delivery.here = [post for post in posts if since(post.connection_id) is None]


def _post_once(deliveries: Sequence[Delivery], given: Gateway | None) -> None:
    # Small audiences first, because large ones would delay them.
    posts = [post for each in sorted(deliveries, key=lambda each: len(each.here)) for post in each.here]
    outcome = (given or gateway(FIRST_ROUND)).post(posts) if posts else Outcome()
    if outcome.refused >= _QUOTA_REFUSALS and outcome.refused > len(posts) / 2:
        again = (given or gateway(BRIEF)).post(outcome.again)
        outcome = _merged(outcome, again, outcome.again)
    for each in deliveries:
        each.outcome = outcome.part(each.here)
        each.left += each.outcome.again


def _hand_to_fan_out(deliveries: Sequence[Delivery], given: Gateway | None) -> None:
    """Hands over undelivered posts; sends those that Lambda does not accept here."""
    for each in deliveries:
        if each.left:
            backlog().add(each.tenant_id, each.left, each.correlation_ids)
            each.outcome.failed = _without(each.outcome.failed, each.left)
    rest: list[Post] = []
    for due in backlog().pop_due():
        refused = hand_over(list(due.posts.values()), due.tenant_id, sorted(due.correlation_ids))
        if refused:
            backlog().not_accepted(due.tenant_id)
            rest += refused
    outcome = (given or gateway(BRIEF)).post(rest) if rest else Outcome()
    here = {post.connection_id: post for post in rest}
    for each in deliveries:
        own = [here[post.connection_id] for post in each.left if post.connection_id in here]
        each.not_accepted = len(own)
        each.handed_over += len(each.left) - len(own)
        each.outcome = _merged(each.outcome, outcome.part(own), own)
    known = {post.connection_id for each in deliveries for post in each.left}
    # These are from earlier batches, of tenants that have no events in this one.
    connections.delete([connection_id for connection_id in outcome.gone if connection_id not in known])


def _merged(first: Outcome, second: Outcome, repeated: Sequence[Post]) -> Outcome:
    """The outcome of a call and of a second one, which repeated the undelivered posts of the first."""
    return Outcome(
        sent=first.sent + second.sent,
        answered=first.answered or second.answered,
        gone=first.gone + second.gone,
        failed=_without(first.failed, repeated) + second.failed,
        silent=_without(first.silent, repeated) + second.silent,
    )


def _without(connection_ids: Sequence[str], posts: Sequence[Post]) -> list[str]:
    left_out = {post.connection_id for post in posts}
    return [each for each in connection_ids if each not in left_out]
