"""The only reader of the environment.

The template gives every function the same variables. If one is missing, the function fails at its first request
with the variable's name.
"""

import os
from collections.abc import Mapping
from functools import cache
from typing import Self

from msgspec import Struct


class SettingsError(RuntimeError):
    """An environment variable is missing or invalid."""


class Settings(Struct, frozen=True):
    """The settings of a deployed function, from its environment.

    stage: `local`, `dev` or `prod`.
    table_prefix: goes before each table's name, `luckygas-<stage>-`.
    ws_endpoint: base URL of API Gateway's `@connections`, without a trailing slash.
    public_url: public base URL of the REST API, without a trailing slash, for links in SMS; empty if it is not
    known,
        and then no links are made.
    websocket_url: the WebSocket endpoint as browsers reach it, `wss://…/api`.
    map_tiles: URL template of the console's map tiles, `https://…/{z}/{x}/{y}.png`; empty for a map without any.
    sms_queue_url, sms_dead_letter_queue_url: SQS queues of notification ids.
    stream_dead_letter_queue_url: SQS queue of failed stream records.
    proof_bucket: S3 bucket of signatures and photos.
    import_queue_url: SQS queue of the parts of imported files.
    import_bucket: S3 bucket of these files.
    fan_out_function: name of the function that posts to a chunk of a large audience.
    optimizer_function: name of the function that solves routes.
    osrm_url: base URL of an OSRM server, without a trailing slash; empty without one.
    secrets_prefix: path of the secrets in SSM Parameter Store, `/luckygas/<stage>`.
    version: the deployed version, for `/v1/health` and the logs.
    origin_key: the secret that the edge sends to prove that a request came through it; empty without such an edge.
    """

    stage: str
    region: str
    table_prefix: str
    ws_endpoint: str
    websocket_url: str
    sms_queue_url: str
    sms_dead_letter_queue_url: str
    stream_dead_letter_queue_url: str
    proof_bucket: str
    import_queue_url: str
    import_bucket: str
    fan_out_function: str
    optimizer_function: str
    secrets_prefix: str
    version: str
    public_url: str = ""
    map_tiles: str = ""
    osrm_url: str = ""
    origin_key: str = ""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Raises SettingsError naming every variable that is missing."""
        names = {
            "stage": "STAGE",
            "region": "AWS_REGION",
            "table_prefix": "TABLE_PREFIX",
            "ws_endpoint": "WS_ENDPOINT",
            "websocket_url": "WEBSOCKET_URL",
            "sms_queue_url": "SMS_QUEUE_URL",
            "sms_dead_letter_queue_url": "SMS_DEAD_LETTER_QUEUE_URL",
            "stream_dead_letter_queue_url": "STREAM_DEAD_LETTER_QUEUE_URL",
            "proof_bucket": "PROOF_BUCKET",
            "import_queue_url": "IMPORT_QUEUE_URL",
            "import_bucket": "IMPORT_BUCKET",
            "fan_out_function": "FAN_OUT_FUNCTION",
            "optimizer_function": "OPTIMIZER_FUNCTION",
            "secrets_prefix": "SECRETS_PREFIX",
            "version": "VERSION",
        }
        missing = [name for name in names.values() if not env.get(name)]
        if missing:
            raise SettingsError(f"missing environment variables: {', '.join(missing)}")
        values = {field: env[name] for field, name in names.items()}
        values["ws_endpoint"] = values["ws_endpoint"].rstrip("/")
        values["public_url"] = env.get("PUBLIC_URL", "").rstrip("/")
        values["map_tiles"] = env.get("MAP_TILES", "")
        values["osrm_url"] = env.get("OSRM_URL", "").rstrip("/")
        values["origin_key"] = env.get("ORIGIN_KEY", "")
        return cls(**values)


@cache
def settings() -> Settings:
    """The settings of this process, read once on first use."""
    return Settings.from_env(os.environ)
