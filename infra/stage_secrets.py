"""The secrets of a stage in Parameter Store, created by its first deployment.

The origin key proves that a request came through the edge (chalicelib/auth/source.py). It protects only the
client's address in logs and limits, so functions have it as an environment variable.
"""

import base64
import json
import secrets
from typing import Any

from botocore.exceptions import ClientError


def ensure_secrets(ssm: Any, stage: str) -> str:
    """Creates the stage's missing secrets with random values, and returns the origin key.

    They are the first key that signs tokens, the key of second factors and the origin key. Existing ones do not
    change.
    """
    keys = {"k1": _random()}
    _put_new(ssm, f"/luckygas/{stage}/jwt-keys", json.dumps({"signing_kid": "k1", "keys": keys}))
    _put_new(ssm, f"/luckygas/{stage}/totp-key", _random())
    name = f"/luckygas/{stage}/origin-key"
    _put_new(ssm, name, _random())
    return str(ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])


def _put_new(ssm: Any, name: str, value: str) -> None:
    try:
        ssm.put_parameter(Name=name, Type="SecureString", Value=value, Overwrite=False)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ParameterAlreadyExists":
            raise


def _random() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
