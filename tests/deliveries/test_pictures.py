"""Signatures and photos: uploaded to S3 under keys of one order, and shown to staff."""

from base64 import b64decode
from hashlib import sha256
from typing import Any

import msgspec
import pytest
import requests
from botocore.awsrequest import AWSResponse

from chalicelib.auth.rate_limits import spend
from chalicelib.core import aws
from chalicelib.core.clock import now
from chalicelib.core.settings import settings
from chalicelib.deliveries.upload_limit import UPLOADS_PER_USER
from chalicelib.models.delivery import Delivery
from chalicelib.models.order import Order
from tests.api_client import ApiClient
from tests.aws_in_process import resources
from tests.deliveries.doors import PICTURE, confirm, delivery, on_the_way, uploaded
from tests.factories import Business, delivery_business

PNG = {"kind": "photo", "content_type": "image/png"}


def upload(api: ApiClient, gas: Business, order_id: str, **values: Any) -> Any:
    return api.post(f"/v1/deliveries/{order_id}/uploads", {**PNG, **values}, as_=gas.driver_user)


def test_a_picture_that_a_phone_uploads_is_the_proof_and_staff_can_look_at_it(
    api: ApiClient, gas: Business
) -> None:
    order_id = on_the_way(api, gas)
    answer = upload(api, gas, order_id)
    form = answer.body
    assert answer.status == 201
    assert form["upload_key"].startswith(f"{gas.tenant.id}/{order_id}/photo-")
    assert "ap-northeast-1" in form["url"]
    posted = requests.post(form["url"], data=form["fields"], files={"file": PICTURE}, timeout=5)
    assert posted.status_code == 204
    assert confirm(api, gas, order_id, "photo", upload_key=form["upload_key"]).status == 200
    url = delivery(api, gas, order_id)["attempts"][0]["proof"]["picture_url"]
    assert requests.get(url, timeout=5).content == PICTURE
    for who in (gas.driver_user, gas.customer_user):
        seen = api.get(f"/v1/deliveries/{order_id}", as_=who).body["attempts"][0]["proof"]
        assert (seen["confirmation_type"], seen["picture_url"]) == ("photo", None)


def test_s3_accepts_only_one_key_one_type_and_five_megabytes(api: ApiClient, gas: Business) -> None:
    form = upload(api, gas, on_the_way(api, gas), kind="signature", content_type="image/webp").body
    policy = msgspec.json.decode(b64decode(form["fields"]["policy"]))
    assert ["content-length-range", 256, 5 * 1024 * 1024] in policy["conditions"]
    assert {"Content-Type": "image/webp"} in policy["conditions"]
    assert {"key": form["upload_key"]} in policy["conditions"]
    assert form["fields"]["x-amz-algorithm"] == "AWS4-HMAC-SHA256"
    assert form["max_bytes"] == 5 * 1024 * 1024


def test_a_user_uploads_only_so_many_pictures_in_a_day(api: ApiClient, gas: Business) -> None:
    order_id = on_the_way(api, gas)
    spend(UPLOADS_PER_USER, gas.driver_user.id, now=now(), cost=UPLOADS_PER_USER.most - 1)

    answers = [upload(api, gas, order_id) for _ in range(2)]

    assert [answer.status for answer in answers] == [201, 429]
    assert answers[1].body["code"] == "too_fast"
    assert int(answers[1].headers["retry-after"]) > 0
    assert api.post(f"/v1/deliveries/{order_id}/uploads", PNG, as_=gas.staff).status == 201


@pytest.mark.parametrize(
    "values", [{"kind": "video"}, {"content_type": "image/svg+xml"}, {"content_type": "text/html"}, {"size": 1}]
)
def test_anything_but_a_picture_is_refused(api: ApiClient, gas: Business, values: dict[str, Any]) -> None:
    assert upload(api, gas, on_the_way(api, gas), **values).status == 422


def test_a_key_without_an_upload_is_no_proof(api: ApiClient, gas: Business) -> None:
    order_id = on_the_way(api, gas)
    key = upload(api, gas, order_id).body["upload_key"]
    refused = confirm(api, gas, order_id, "photo", upload_key=key)
    assert (refused.status, refused.body["code"]) == (422, "upload_missing")
    assert delivery(api, gas, order_id)["status"] == "delivering"


@pytest.mark.parametrize(
    "content",
    [b"", b"x", PICTURE[:100], b"<svg>" + PICTURE, b"\xff\xd8\xff" + PICTURE, PICTURE + bytes(5 * 1024 * 1024)],
    ids=["empty", "one byte", "too short", "a page", "another kind", "too long"],
)
def test_a_file_that_is_no_picture_is_no_proof(api: ApiClient, gas: Business, content: bytes) -> None:
    order_id = on_the_way(api, gas)
    key = uploaded(api, gas, order_id, "photo")
    aws.client("s3").put_object(Bucket=settings().proof_bucket, Key=key, Body=content)
    refused = confirm(api, gas, order_id, "photo", upload_key=key)
    assert (refused.status, refused.body["code"]) == (422, "upload_invalid")
    assert delivery(api, gas, order_id)["status"] == "delivering"


def test_a_picture_that_is_uploaded_after_the_confirmation_replaces_nothing(api: ApiClient, gas: Business) -> None:
    order_id = on_the_way(api, gas)
    form = upload(api, gas, order_id).body
    requests.post(form["url"], data=form["fields"], files={"file": PICTURE}, timeout=5)
    assert confirm(api, gas, order_id, "photo", upload_key=form["upload_key"]).status == 200
    requests.post(form["url"], data=form["fields"], files={"file": PICTURE + b"another"}, timeout=5)
    assert confirm(api, gas, order_id, "photo", upload_key=form["upload_key"]).status == 200
    url = delivery(api, gas, order_id)["attempts"][0]["proof"]["picture_url"]
    assert requests.get(url, timeout=5).content == PICTURE
    proof = Order.get(gas.tenant.id, order_id).proof
    assert proof is not None
    assert proof.picture_sha256 == sha256(PICTURE).hexdigest()


def test_a_proof_of_before_shows_its_upload(api: ApiClient, gas: Business) -> None:
    order_id = on_the_way(api, gas)
    confirm(api, gas, order_id, "photo", upload_key=uploaded(api, gas, order_id, "photo"))
    for row in Delivery.query(gas.tenant.id, Delivery.id.startswith(f"{order_id}-")):
        assert row.proof is not None
        row.proof.picture_key = row.proof.picture_sha256 = None
        row.update([Delivery.proof.set(row.proof)])
    url = delivery(api, gas, order_id)["attempts"][0]["proof"]["picture_url"]
    assert requests.get(url, timeout=5).content == PICTURE


def test_keys_of_other_orders_tenants_and_kinds_are_refused(api: ApiClient, gas: Business) -> None:
    order_id, other = on_the_way(api, gas), on_the_way(api, gas)
    others = delivery_business()
    mine = uploaded(api, gas, order_id, "photo")
    folder, _, name = mine.rpartition("/")
    for key in (
        uploaded(api, gas, other, "photo"),
        uploaded(api, others, on_the_way(api, others), "photo"),
        uploaded(api, gas, order_id, "signature"),
        f"{folder}/../{other}/{name}",
        f"{folder}/{name}/",
        f"{folder}/x/{name}",
        f"/{mine}",
        name,
    ):
        refused = confirm(api, gas, order_id, "photo", upload_key=key)
        assert (refused.status, refused.body["code"]) == (422, "upload_invalid"), key
    assert delivery(api, gas, order_id)["status"] == "delivering"


def test_a_bucket_that_is_not_there_is_trouble_and_no_refusal(api: ApiClient, gas: Business) -> None:
    order_id = on_the_way(api, gas)
    key = upload(api, gas, order_id).body["upload_key"]

    def forbid(**_: Any) -> Any:
        response = AWSResponse("https://s3", 403, {}, None)
        response._content = b""
        return response

    events = aws.client("s3").meta.events
    events.register("before-send.s3", forbid)
    try:
        refused = confirm(api, gas, order_id, "photo", upload_key=key)
    finally:
        events.unregister("before-send.s3", forbid)
    assert (refused.status, refused.body["code"]) == (503, "unavailable")


def test_the_bucket_is_private_encrypted_and_forgets_after_two_years() -> None:
    bucket = resources()["ProofBucket"]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    [rule] = bucket["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", 730)
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    [statement] = resources()["ProofBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert settings().proof_bucket.startswith("luckygas-test-proof-")
