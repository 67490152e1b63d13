"""AWS clients: one botocore session, each client made on first use and kept.

botocore alone, without boto3: its clients are the same, and boto3 would only add to the cold start.
"""

from functools import cache
from typing import Any, Final

from botocore.config import Config
from botocore.handlers import BUILTIN_HANDLERS
from botocore.session import Session

from chalicelib.settings import settings

# What clients may be made of; nothing else of botocore is packed.
SERVICES: Final = ("dynamodb", "lambda", "s3", "sns", "sqs", "ssm")

# DynamoDB answers in milliseconds; a call that takes seconds is lost, and a short time-out with a retry
# finds another node sooner than botocore's default of 60 s would.
_FAST = Config(
    connect_timeout=1,
    read_timeout=4,
    retries={"mode": "standard", "total_max_attempts": 4},
    parameter_validation=False,
    max_pool_connections=20,
)

# Left alone, botocore signs addresses that are handed out the old way, and for S3's host in Virginia.
_S3 = _FAST.merge(Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))


@cache
def session() -> Session:
    """The botocore session of this process.

    Without botocore's handlers for other services' quirks and for its documentation: registering each of them
    takes a twentieth of a cold start.
    """
    made = Session(include_builtin_handlers=False)
    for name, handler, *_ in BUILTIN_HANDLERS:
        service = name.split(".")[1:2]
        if not service or service[0] in SERVICES:
            made.register(name, handler)
    return made


@cache
def client(service: str) -> Any:
    """The client of an AWS service (`dynamodb`, `sqs`, `ssm`, …), made once per process."""
    return new_client(service, config_of(service))


def config_of(service: str) -> Config:
    """How the clients of a service are made."""
    return _S3 if service == "s3" else _FAST


def new_client(service: str, config: Config, endpoint: str | None = None) -> Any:
    """A client with time-outs and retries of its own, for who keeps it himself. endpoint: where not AWS's own."""
    return session().create_client(service, region_name=settings().region, config=config, endpoint_url=endpoint)


def upload_url(bucket: str) -> str:
    """Where browsers post files for a bucket to, for who must know that host before: nothing is called."""
    url: str = client("s3").generate_presigned_post(bucket, "-")["url"]
    return url
