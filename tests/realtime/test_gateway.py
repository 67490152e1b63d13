"""Posting to connections through a fake gateway."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.realtime.poster import Poster
from chalicelib.realtime.posts import Post
from chalicelib.realtime.signer import Credentials
from tests.fake_gateway import FakeGateway

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
LONG_AGO = int(NOW.timestamp() * 1000) - 60_000
JUST_NOW = int(NOW.timestamp() * 1000) - 500
PAYLOAD = '{"type":"order_created","名":"瓦斯"}'.encode()

MakeGateway = Callable[..., Poster]
# The time-out for a gateway that never answers (-1); other gateways have enough time.
IMPATIENT_SECONDS = 1.0


@pytest.fixture
def connect() -> Iterator[MakeGateway]:
    """Makes gateways that pause very briefly between attempts; closes them."""
    made: list[Poster] = []

    def make(url: str, trouble: int = 0) -> Poster:
        made.append(
            Poster(
                url,
                "r",
                credentials=lambda: Credentials("id", "key", "session"),
                now=lambda: NOW,
                pauses=(0.01, 0.01, 0.01),
                post_seconds=IMPATIENT_SECONDS if trouble == -1 else 30.0,
            )
        )
        return made[-1]

    yield make
    for each in made:
        each.close()


def posts(*connection_ids: str, connected_at: int = LONG_AGO) -> list[Post]:
    return [Post(connection_id, (PAYLOAD,), connected_at) for connection_id in connection_ids]


def test_everybody_gets_the_payload_once(connect: MakeGateway, gateway: FakeGateway) -> None:
    ids = [f"connection-{n}=" for n in range(300)]
    outcome = connect(gateway.url).post(posts(*ids))
    assert (outcome.sent, outcome.gone, outcome.failed) == (300, [], [])
    message = {"type": "order_created", "名": "瓦斯"}
    assert all(gateway.messages(connection_id) == [message] for connection_id in ids)


def test_posts_are_signed(connect: MakeGateway, gateway: FakeGateway) -> None:
    connect(gateway.url).post(posts("a/b="))
    path, headers, _ = gateway.requests[0]
    assert path == "/api/@connections/a%2Fb%3D"
    assert headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=id/20261122/r/execute-api/")
    assert headers["X-Amz-Security-Token"] == "session"


def test_posting_to_no_connection_is_no_error(connect: MakeGateway, gateway: FakeGateway) -> None:
    assert connect(gateway.url).post([]).sent == 0


def test_a_connection_that_is_gone_is_reported_at_once(connect: MakeGateway, gateway: FakeGateway) -> None:
    gateway.answer("gone", 410)
    outcome = connect(gateway.url).post(posts("gone", "here"))
    assert (outcome.sent, outcome.gone, outcome.failed) == (1, ["gone"], [])
    assert len(gateway.requests) == 2


def test_a_young_connection_that_is_gone_is_tried_again(connect: MakeGateway, gateway: FakeGateway) -> None:
    gateway.answer("young", 410, 200)
    outcome = connect(gateway.url).post(posts("young", connected_at=JUST_NOW))
    assert (outcome.sent, outcome.gone, outcome.failed) == (1, [], [])


@pytest.mark.parametrize(("age_ms", "gone"), [(500, []), (9_000, []), (11_000, ["young"])])
def test_a_silent_young_connection_is_tried_again_and_an_older_one_is_gone(
    connect: MakeGateway, gateway: FakeGateway, age_ms: int, gone: list[str]
) -> None:
    gateway.answer("young", 410)
    given = posts("young", connected_at=int(NOW.timestamp() * 1000) - age_ms)
    outcome = connect(gateway.url).post(given)
    assert (outcome.sent, outcome.gone) == (0, gone)
    assert (outcome.again, outcome.failed) == (([], []) if gone else (given, ["young"]))


def test_a_young_connection_keeps_the_others_waiting_for_two_more_tries_only(
    connect: MakeGateway, gateway: FakeGateway
) -> None:
    gateway.answer("young", 410)
    connect(gateway.url).post(posts("young", connected_at=JUST_NOW))
    assert len(gateway.requests) == 3


@pytest.mark.parametrize("trouble", [429, 500, 503, 0])
def test_passing_trouble_is_tried_again(connect: MakeGateway, gateway: FakeGateway, trouble: int) -> None:
    gateway.answer("troubled", trouble, trouble, 200)
    outcome = connect(gateway.url, trouble).post(posts("troubled", "fine"))
    assert (outcome.sent, outcome.failed) == (2, [])
    assert len(gateway.messages("troubled")) == len(gateway.messages("fine")) == 1


@pytest.mark.parametrize("trouble", [429, 500, 0, -1])
def test_lasting_trouble_costs_only_its_own_connection(
    connect: MakeGateway, gateway: FakeGateway, trouble: int
) -> None:
    gateway.answer("troubled", trouble)
    outcome = connect(gateway.url, trouble).post(posts("troubled", *[f"fine-{n}" for n in range(100)]))
    assert (outcome.sent, outcome.gone, outcome.failed) == (100, [], ["troubled"])


def test_a_refusal_is_not_repeated(connect: MakeGateway, gateway: FakeGateway) -> None:
    gateway.date = NOW
    gateway.answer("refused", 403)
    outcome = connect(gateway.url).post(posts("refused"))
    assert (outcome.failed, outcome.answered, len(gateway.requests)) == (["refused"], True, 1)


@pytest.mark.parametrize("ahead", [timedelta(minutes=20), -timedelta(days=1)])
def test_a_clock_that_is_wrong_is_set_by_the_gateways(
    connect: MakeGateway, gateway: FakeGateway, ahead: timedelta
) -> None:
    gateway.date = NOW + ahead
    expected = f"{gateway.date:%Y%m%dT%H%M}"
    gateway.judge = lambda headers: None if headers["X-Amz-Date"].startswith(expected) else 403
    poster = connect(gateway.url)
    outcome = poster.post(posts(*[f"c{n}" for n in range(100)]))
    assert (outcome.sent, outcome.failed) == (100, [])
    # Posts already sent with the wrong time are sent twice; later ones are not.
    assert 100 < len(gateway.requests) < 150
    gateway.requests.clear()
    assert poster.post(posts("later")).sent == len(gateway.requests) == 1


def test_a_clock_that_stays_wrong_is_asked_for_once(connect: MakeGateway, gateway: FakeGateway) -> None:
    gateway.date = NOW + timedelta(hours=1)
    gateway.judge = lambda _: 403
    assert connect(gateway.url).post(posts("a")).failed == ["a"]
    assert len(gateway.requests) == 2


def test_a_missing_gateway_fails_all_posts_and_is_logged(connect: MakeGateway) -> None:
    outcome = connect("http://127.0.0.1:1/api").post(posts("a", "b"))
    assert (outcome.sent, sorted(outcome.failed), outcome.answered) == (0, ["a", "b"], False)


def test_links_are_reused_and_a_closed_link_is_replaced(connect: MakeGateway, gateway: FakeGateway) -> None:
    poster = connect(gateway.url)
    assert poster.post(posts("a")).sent == 1
    gateway.hang_up()
    assert poster.post(posts("a")).sent == 1
    assert len(gateway.messages("a")) == 2


def test_credentials_are_asked_for_with_every_round(gateway: FakeGateway) -> None:
    keys = iter(["first", "second", "third"])
    poster = Poster(gateway.url, "r", credentials=lambda: Credentials(next(keys), "key", None), pauses=(0.01,))
    gateway.answer("b", 500, 200)
    poster.post(posts("a"))
    poster.post(posts("b"))
    poster.close()
    assert [key_of(headers) for _, headers, _ in gateway.requests] == ["first", "second", "third"]


def test_credentials_that_expire_in_the_middle_are_replaced(gateway: FakeGateway) -> None:
    valid = ["old"]

    def judge(headers: Mapping[str, str]) -> int | None:
        return None if key_of(headers) == valid[0] else 403

    def after_ten(headers: Mapping[str, str]) -> int | None:
        if len(gateway.requests) == 10:
            valid[0] = "new"
        return judge(headers)

    gateway.judge, gateway.date = after_ten, NOW
    poster = Poster(gateway.url, "r", credentials=lambda: Credentials(valid[0], "key", "session"), now=lambda: NOW)
    outcome = poster.post(posts(*[f"c{n}" for n in range(100)]))
    poster.close()
    assert (outcome.sent, outcome.failed) == (100, [])
    assert all(len(gateway.messages(f"c{n}")) == 1 for n in range(100))


def key_of(headers: Mapping[str, str]) -> str:
    """The access key that signed a request."""
    return headers["Authorization"].split("Credential=")[1].split("/")[0]


def test_a_batch_that_takes_too_long_ends_with_undelivered_posts(gateway: FakeGateway) -> None:
    poster = Poster(
        gateway.url, "r", credentials=lambda: Credentials("id", "key", None), now=lambda: NOW, batch_seconds=0.0
    )
    outcome = poster.post(posts("a", "b"))
    poster.close()
    assert (outcome.sent, sorted(outcome.failed)) == (0, ["a", "b"])
    assert gateway.requests == []
