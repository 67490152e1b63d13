"""Reading and rotating the signing keys without a deployment."""

import hmac
import json
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta

import pytest

from chalicelib.auth.signing_keys import KeyRing
from chalicelib.core.errors import Unavailable
from chalicelib.core.settings import settings
from tests.auth.people import NEW_KEY, NOW, OLD_KEY, keys_document


class Store:
    """Parameter Store and a clock, both under the test's hand."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.reads = 0
        self.now = NOW
        self.broken = False

    def read(self) -> str:
        self.reads += 1
        if self.broken:
            raise ValueError("not now")
        return self.text

    def clock(self) -> datetime:
        return self.now

    def ring(self) -> KeyRing:
        return KeyRing(read=self.read, now=self.clock)


ONE = keys_document("k1", {"k1": OLD_KEY})
TWO = keys_document("k2", {"k1": OLD_KEY, "k2": NEW_KEY})


def test_keys_are_read_once_for_many_tokens() -> None:
    store = Store(ONE)
    ring = store.ring()

    for _ in range(5):
        ring.signing()
        ring.find("k1")

    assert store.reads == 1


def test_after_five_minutes_the_keys_are_read_again() -> None:
    store = Store(ONE)
    ring = store.ring()
    ring.signing()
    store.text = TWO
    store.now += timedelta(minutes=5)

    assert ring.signing().kid == "k2"


def test_an_unknown_key_id_makes_the_ring_look_at_once() -> None:
    store = Store(ONE)
    ring = store.ring()
    ring.signing()
    store.text = TWO
    store.now += timedelta(seconds=10)

    found = ring.find("k2")

    assert found is not None
    assert found.secret == NEW_KEY.encode()


def test_invented_key_ids_cannot_make_it_read_more_than_every_ten_seconds() -> None:
    store = Store(ONE)
    ring = store.ring()

    for number in range(100):
        assert ring.find(f"invented-{number}") is None
        store.now += timedelta(seconds=1)

    assert store.reads <= 11


def test_a_key_taken_out_of_the_store_stops_working() -> None:
    store = Store(TWO)
    ring = store.ring()
    assert ring.find("k1") is not None
    store.text = keys_document("k2", {"k2": NEW_KEY})
    store.now += timedelta(minutes=5)

    assert ring.find("k1") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        keys_document("k1", {"k1": "short secret"}),
        keys_document("k9", {"k1": OLD_KEY}),
        keys_document("k1", {}),
        json.dumps({"keys": {"k1": OLD_KEY}}),
    ],
)
def test_unusable_keys_are_no_keys(text: str) -> None:
    with pytest.raises(Unavailable):
        Store(text).ring().signing()


def test_keys_already_read_serve_while_the_store_is_down_but_not_for_ever() -> None:
    store = Store(ONE)
    ring = store.ring()
    ring.signing()
    store.broken = True
    store.now += timedelta(minutes=59)
    assert ring.find("k1") is not None

    store.now += timedelta(minutes=2)
    with pytest.raises(Unavailable):
        ring.find("k1")


def test_without_keys_the_store_is_read_every_three_seconds() -> None:
    store = Store(ONE)
    store.broken = True
    ring = store.ring()
    for _ in range(10):
        with pytest.raises(Unavailable):
            ring.signing()
    assert store.reads == 1

    store.broken = False
    store.now += timedelta(seconds=3)
    assert ring.signing().kid == "k1"
    assert store.reads == 2


def test_a_signature_is_of_a_key_for_its_purpose_as_on_codes_that_are_printed_already(aws: object) -> None:
    key = Store(ONE).ring().signing()
    own_key = hmac.digest(OLD_KEY.encode(), f"luckygas-{settings().stage} table code".encode(), "sha256")
    digest = hmac.digest(own_key, b"t.a.1.2900.k1", "sha256")
    assert key.signature("table code", "t.a.1.2900.k1", size=16) == urlsafe_b64encode(digest[:16]).decode()[:22]


def test_the_keys_are_taken_from_parameter_store_and_nowhere_else(aws: object) -> None:
    assert len(KeyRing().signing().secret) >= 32
