"""How a batch reaches its connections without one of them, or one tenant, delaying the others.

All connections of all tenants get one post at once, with a short timeout. What is not delivered by it is left to
`fan_out`, which repeats it. A connection that timed out is left to `fan_out` at once for a while.
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

# So many refusals, and most of a round, are no single connection's fault but the account's quota. Then the stream
# itself waits: left to `fan_out`, the posts would only add to the load.
_QUOTA_REFUSALS: Final = 50

# What prevented events from being delivered, by tenant.
Failures = MutableMapping[str, list[Exception]]


class Delivery(Struct):
    """A tenant's batch on its way. posts: to all its connections that watch.

    here: the posts of the first round. left: those that are left to `fan_out`. not_accepted: of them, those that
    Lambda did not accept. outcome: of what was posted here.
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
        """The requests behind the events."""
        return sorted({each.event.correlation_id for each in self.batch})

    @property
    def is_unanswered(self) -> bool:
        """Whether none of the connections answered and `fan_out` does not repeat the posts either."""
        is_repeated = bool(self.left) and not self.not_accepted
        return bool(self.here) and not self.outcome.answered and not is_repeated


def send(deliveries: Sequence[Delivery], given: Gateway | None, failures: Failures) -> None:
    """Posts and hands over; fills in the deliveries. given: to post by; None for the process's own gateways."""
    for each in deliveries:
        with collect_failures(failures, "chunks_not_made", each.tenant_id):
            _split(each)
    _post_once(deliveries, given)
    _leave_to_fan_out(deliveries, given)
    for each in deliveries:
        with collect_failures(failures, "connections_not_forgotten", each.tenant_id):
            connections.forget(each.outcome.gone)


@contextmanager
def collect_failures(failures: Failures, message: str, tenant_id: str) -> Iterator[None]:
    """Adds what is raised inside to the tenant's failures, logged under `message`."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 — whatever it is, the other tenants must still be served
        log.exception(message, extra={"tenant_id": tenant_id})
        failures.setdefault(tenant_id, []).append(error)


def _split(delivery: Delivery) -> None:
    """Hands a large audience over, and parts connections that are known to be slow from the others."""
    posts = delivery.posts
    if len(posts) > MOST_POSTS:
        posts = hand_over(posts, delivery.tenant_id, delivery.correlation_ids)
        delivery.handed_over = len(delivery.posts) - len(posts)
    since = slow_connections().since
    delivery.left = [post for post in posts if since(post.connection_id) is not None]
    delivery.here = [post for post in posts if since(post.connection_id) is None]


def _post_once(deliveries: Sequence[Delivery], given: Gateway | None) -> None:
    # Small audiences first: the large ones would delay them most.
    posts = [post for each in sorted(deliveries, key=lambda each: len(each.here)) for post in each.here]
    outcome = (given or gateway(FIRST_ROUND)).post(posts) if posts else Outcome()
    if outcome.refused >= _QUOTA_REFUSALS and outcome.refused > len(posts) / 2:
        again = (given or gateway(BRIEF)).post(outcome.again)
        outcome = _merged(outcome, again, outcome.again)
    for each in deliveries:
        each.outcome = outcome.part(each.here)
        each.left += each.outcome.again


def _leave_to_fan_out(deliveries: Sequence[Delivery], given: Gateway | None) -> None:
    """Hands over what was not delivered; posts here what Lambda does not accept."""
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
    # Of earlier batches, of tenants that have no events in this one.
    connections.forget([connection_id for connection_id in outcome.gone if connection_id not in known])


def _merged(first: Outcome, second: Outcome, repeated: Sequence[Post]) -> Outcome:
    """The outcome of a call and of a second one, which repeated what the first left over. Nothing is left then."""
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
