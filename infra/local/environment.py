"""The environment variables of the local stack, for its functions, the seed and the tests."""

import os
from collections.abc import Mapping
from pathlib import Path

from infra.packaging import ROOT

STAGE = "local"
REGION = "ap-northeast-1"
ACCOUNT = "000000000000"


def state_dir() -> Path:
    """The folder of a stack's files: `.local`, or LOCAL_DIR, so that several stacks can run at the same time."""
    return Path(os.environ.get("LOCAL_DIR") or ROOT / ".local").absolute()


def as_root(service: str) -> dict[str, str]:
    """The header of a request by the account's root user, who has all permissions. Signatures are not checked."""
    scope = f"{ACCOUNT}/20261125/{REGION}/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=root"}


def aws_environment(emulator_url: str) -> dict[str, str]:
    """The variables that point every AWS SDK to the emulator, with the credentials of the account's root user."""
    return {
        "AWS_ENDPOINT_URL": emulator_url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "local",
        # Neither a profile nor the metadata service of the developer's machine may be used.
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def function_environment(emulator_url: str, rest_url: str, version: str = "dev") -> dict[str, str]:
    """The variables that the template gives every function, with their values on a local stack."""
    queues = f"{emulator_url}/{ACCOUNT}/luckygas-{STAGE}"
    return {
        **aws_environment(emulator_url),
        "STAGE": STAGE,
        "TABLE_PREFIX": f"luckygas-{STAGE}-",
        "WS_ENDPOINT": rest_url,
        "PUBLIC_URL": rest_url,
        "WEBSOCKET_URL": rest_url.replace("http", "ws", 1),
        "MAP_TILES": os.environ.get("MAP_TILES", ""),
        "SMS_QUEUE_URL": f"{queues}-sms",
        "SMS_DEAD_LETTER_QUEUE_URL": f"{queues}-sms-dead-letters",
        "STREAM_DEAD_LETTER_QUEUE_URL": f"{queues}-stream-dead-letters",
        "PROOF_BUCKET": f"luckygas-{STAGE}-proof-{ACCOUNT}-{REGION}",
        "IMPORT_QUEUE_URL": f"{queues}-imports",
        "IMPORT_BUCKET": f"luckygas-{STAGE}-imports-{ACCOUNT}-{REGION}",
        "FAN_OUT_FUNCTION": f"luckygas-{STAGE}-fan_out",
        "OPTIMIZER_FUNCTION": f"luckygas-{STAGE}-optimize_routes",
        "OSRM_URL": os.environ.get("OSRM_URL", ""),
        "SECRETS_PREFIX": f"/luckygas/{STAGE}",
        "VERSION": version,
        # The deployment sets it for functions. The seed does not need it.
        "ORIGIN_KEY": "",
        "LOG_LEVEL": "INFO",
    }


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without the developer's AWS settings, which a local stack must not use."""
    return {name: value for name, value in environment.items() if not name.startswith("AWS_")}
