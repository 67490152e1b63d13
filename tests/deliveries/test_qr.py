"""The QR: signed, for one order of one tenant, for a day, once."""

import hmac
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.auth.signing_keys import KeyRing, SigningKey
from chalicelib.core.clock import from_wire, now
from chalicelib.core.errors import Invalid
from chalicelib.deliveries.qr import LIFETIME, Claims, make_qr, read_qr
from chalicelib.models.order import Order
from tests.api_client import ApiClient
from tests.deliveries.doors import confirm, delivery, on_the_way, qr_of
from tests.factories import Business, delivery_business

SECRET, OTHER = "a" * 32, "b" * 32


def ring(**secrets: str) -> KeyRing:
    """Keys as they lie in Parameter Store; the first one signs."""
    parameter = {"signing_kid": next(iter(secrets)), "keys": secrets}
    return KeyRing(read=lambda: msgspec.json.encode(parameter).decode())


KEYS = ring(k1=SECRET)
# One for all examples: the drawn data depends on it.
SOME_QR = make_qr("t", "o", "s", now=now(), keys=KEYS).text


def refused(answer: Any) -> tuple[int, str]:
    return answer.status, answer.body["code"]


def test_a_qr_code_contains_its_purpose_and_is_drawn(api: ApiClient, gas: Business) -> None:
    order_id = on_the_way(api, gas)
    answer = api.post(f"/v1/deliveries/{order_id}/qr", {"cylinder_serial": "TW-20-1"}, as_=gas.staff)
    claims = read_qr(answer.body["qr"], gas.tenant.id)
    assert (claims.tenant_id, claims.order_id, claims.cylinder_serial) == (gas.tenant.id, order_id, "TW-20-1")
    left = from_wire(answer.body["expires_at"]) - now()
    assert LIFETIME - timedelta(minutes=1) < left <= LIFETIME
    assert answer.body["svg"].startswith("<svg")


def test_a_driver_cannot_make_the_proof_of_their_own_delivery(api: ApiClient, gas: Business) -> None:
    order_id = on_the_way(api, gas)
    for principal in (gas.driver_user, gas.customer_user):
        assert refused(api.post(f"/v1/deliveries/{order_id}/qr", {}, as_=principal)) == (403, "forbidden")


def test_the_serial_of_the_qr_is_the_cylinders(api: ApiClient, gas: Business) -> None:
    order_id = on_the_way(api, gas)
    qr = qr_of(api, gas, order_id, cylinder_serial="TW-20-1")
    assert refused(confirm(api, gas, order_id, "qr_code", qr=qr, cylinder_serial="TW-20-2")) == (
        422,
        "serial_mismatch",
    )
    answer = confirm(api, gas, order_id, "qr_code", qr=qr)
    assert answer.body["attempts"][0]["proof"]["cylinder_serial"] == "TW-20-1"
    assert confirm(api, gas, order_id, "qr_code", qr=qr, cylinder_serial="TW-20-1").body == answer.body


def test_an_expired_qr_confirms_nothing(api: ApiClient, gas: Business) -> None:
    order_id = on_the_way(api, gas)
    old = make_qr(gas.tenant.id, order_id, None, now=now() - LIFETIME).text
    assert refused(confirm(api, gas, order_id, "qr_code", qr=old)) == (422, "qr_expired")
    assert delivery(api, gas, order_id)["status"] == "delivering"


def test_a_qr_that_confirmed_is_recognised_after_its_end(api: ApiClient, gas: Business) -> None:
    """A phone that regains its network after a day sends positions that the server accepted long ago."""
    order_id = on_the_way(api, gas)
    qr = make_qr(gas.tenant.id, order_id, None, now=now() - LIFETIME).text
    claims = read_qr(qr, gas.tenant.id)
    fresh = qr_of(api, gas, order_id)
    assert confirm(api, gas, order_id, "qr_code", qr=fresh).status == 200
    order = Order.get(gas.tenant.id, order_id)
    order.proof.reference = claims.id
    order.save()
    assert confirm(api, gas, order_id, "qr_code", qr=qr).status == 200


def test_the_refusal_distinguishes_another_orders_qr_from_a_used_one(api: ApiClient, gas: Business) -> None:
    mine, other = on_the_way(api, gas), on_the_way(api, gas)
    qr = qr_of(api, gas, other)
    assert refused(confirm(api, gas, mine, "qr_code", qr=qr)) == (422, "qr_other_order")
    assert confirm(api, gas, other, "qr_code", qr=qr).status == 200
    assert refused(confirm(api, gas, mine, "qr_code", qr=qr)) == (422, "qr_used")
    assert delivery(api, gas, mine)["status"] == "delivering"


def test_another_tenants_qr_code_is_invalid(api: ApiClient, gas: Business) -> None:
    others = delivery_business()
    order_id, foreign = on_the_way(api, gas), on_the_way(api, others)
    assert refused(confirm(api, gas, order_id, "qr_code", qr=qr_of(api, others, foreign))) == (422, "qr_invalid")
    forged = make_qr(others.tenant.id, order_id, None, now=now()).text
    assert refused(confirm(api, gas, order_id, "qr_code", qr=forged)) == (422, "qr_invalid")


@pytest.mark.parametrize("text", ["x", ".", "..", "e30.", "W10.x", "ü.ü", "\ud7ff.x", "A" * 1000])
def test_an_invalid_qr_is_refused(api: ApiClient, gas: Business, text: str) -> None:
    order_id = on_the_way(api, gas)
    assert refused(confirm(api, gas, order_id, "qr_code", qr=text)) == (422, "qr_invalid")


@given(st.data())
def test_a_qr_with_any_character_changed_is_refused(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(SOME_QR) - 1))
    character = data.draw(st.sampled_from("AZaz09-_.=").filter(lambda one: one != SOME_QR[at]))
    with pytest.raises(Invalid) as error:
        read_qr(SOME_QR[:at] + character + SOME_QR[at + 1 :], "t", keys=KEYS)
    assert error.value.code == "qr_invalid"


def test_a_qr_signed_with_another_key_or_the_tokens_own_is_refused() -> None:
    claims = Claims("k1", "t", "o", "id", 2**33, None)
    payload = urlsafe_b64encode(msgspec.json.encode(claims)).decode().rstrip("=")
    derived, secret = SigningKey("k1", SECRET.encode()), SECRET.encode()
    assert derived.derived("delivery-qr") not in (secret, derived.derived("another purpose"))
    for keys in (ring(k1=OTHER), ring(k2=SECRET)):
        with pytest.raises(Invalid):
            read_qr(make_qr("t", "o", None, now=now(), keys=KEYS).text, "t", keys=keys)
    naive = urlsafe_b64encode(hmac.digest(secret, payload.encode(), "sha256")).decode().rstrip("=")
    with pytest.raises(Invalid):
        read_qr(f"{payload}.{naive}", "t", keys=KEYS)


def test_a_qr_outlives_the_change_of_the_signing_key() -> None:
    text = make_qr("t", "o", None, now=now(), keys=KEYS).text
    assert read_qr(text, "t", keys=ring(k2=OTHER, k1=SECRET)).order_id == "o"


def test_an_order_that_is_over_gets_no_qr_and_no_upload(api: ApiClient, gas: Business) -> None:
    order_id = on_the_way(api, gas)
    confirm(api, gas, order_id, "qr_code", qr=qr_of(api, gas, order_id))
    for path, body in (("qr", {}), ("uploads", {"kind": "photo", "content_type": "image/png"})):
        answer = api.post(f"/v1/deliveries/{order_id}/{path}", body, as_=gas.staff)
        assert refused(answer) == (409, "order_closed")
