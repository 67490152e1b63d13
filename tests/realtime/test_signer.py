"""Our signatures equal botocore's."""

from datetime import UTC, datetime

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.realtime.signer import Credentials, payload_hash, signed_headers


class FixedTime(SigV4Auth):
    """botocore's signer at an instant of our choice; it asks the clock in `add_auth`."""

    def __init__(self, credentials: BotocoreCredentials, region: str, moment: datetime) -> None:
        super().__init__(credentials, "execute-api", region)
        self._moment = moment

    def add_auth(self, request: AWSRequest) -> None:
        request.context["timestamp"] = self._moment.strftime("%Y%m%dT%H%M%SZ")
        request.headers["X-Amz-Date"] = request.context["timestamp"]
        if self.credentials.token:
            request.headers["X-Amz-Security-Token"] = self.credentials.token
        canonical = self.canonical_request(request)
        signature = self.signature(self.string_to_sign(request, canonical), request)
        self._inject_signature_to_request(request, signature)


@given(
    connection=st.from_regex(r"[A-Za-z0-9_+/=-]{8,20}", fullmatch=True),
    payload=st.binary(max_size=300),
    token=st.none() | st.from_regex(r"[A-Za-z0-9+/=]{20,60}", fullmatch=True),
    moment=st.datetimes(datetime(2024, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001
    host=st.sampled_from(["abc123.execute-api.ap-northeast-1.amazonaws.com", "127.0.0.1:8000"]),
)
def test_headers_equal_botocores(
    connection: str, payload: bytes, token: str | None, moment: datetime, host: str
) -> None:
    from urllib.parse import quote

    moment = moment.replace(tzinfo=UTC)
    path = f"/api/@connections/{quote(connection, safe='')}"
    request = AWSRequest("POST", f"https://{host}{path}", headers={}, data=payload)
    FixedTime(BotocoreCredentials("AKIDEXAMPLE", "secret/key", token), "ap-northeast-1", moment).add_auth(request)

    ours = signed_headers(
        Credentials("AKIDEXAMPLE", "secret/key", token),
        region="ap-northeast-1",
        host=host,
        path=path,
        payload_sha256=payload_hash(payload),
        now=moment,
    )
    assert ours == {name: request.headers[name] for name in ours}
    assert set(ours) == {name for name in request.headers if name.lower() != "host"}


@pytest.mark.parametrize("changed", ["secret_key", "payload", "path", "region", "now"])
def test_the_signature_covers_everything(changed: str) -> None:
    def signature(**change: object) -> str:
        values = {
            "secret_key": "k",
            "payload": b"p",
            "path": "/api/@connections/a",
            "region": "r",
            "now": datetime(2026, 1, 1, tzinfo=UTC),
            **change,
        }
        headers = signed_headers(
            Credentials("id", str(values["secret_key"]), None),
            region=str(values["region"]),
            host="h",
            path=str(values["path"]),
            payload_sha256=payload_hash(values["payload"]),  # type: ignore[arg-type]
            now=values["now"],  # type: ignore[arg-type]
        )
        return headers["Authorization"].rpartition("=")[2]

    other: dict[str, object] = {
        "secret_key": "other",
        "payload": b"other",
        "path": "/api/@connections/b",
        "region": "other",
        "now": datetime(2026, 1, 2, tzinfo=UTC),
    }
    assert signature(**{changed: other[changed]}) != signature()
