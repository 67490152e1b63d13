"""Converts errors of AWS's clients to a sentence that tells the operator what to do."""

import os
from typing import Final

import boto3
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    TokenRetrievalError,
)

# By the code in AWS's answer, if it is enough to know what to do.
_CODES: Final = {
    "ExpiredToken": "the AWS credentials have expired: sign in again",
    "ExpiredTokenException": "the AWS credentials have expired: sign in again",
    "InvalidClientTokenId": "AWS does not know these credentials: check AWS_PROFILE",
    "UnrecognizedClientException": "AWS does not know these credentials: check AWS_PROFILE",
}


def region() -> str:
    """The configured region, which it also sets for boto3: boto3 reads only one of the two variables.

    Raises NoRegionError.
    """
    found = os.environ.get("AWS_REGION") or boto3.Session().region_name
    if not found:
        raise NoRegionError
    os.environ["AWS_DEFAULT_REGION"] = found
    return found


def sentence(error: Exception) -> str:
    """What to do about an error of AWS's clients."""
    if isinstance(error, NoCredentialsError | PartialCredentialsError | TokenRetrievalError):
        return "no AWS credentials are set: sign in, or set AWS_PROFILE"
    if isinstance(error, ProfileNotFound):
        return f"there is no AWS profile of that name: {error.kwargs.get('profile')}"
    if isinstance(error, NoRegionError):
        return "no AWS region is set: AWS_REGION=ap-northeast-1, or a profile that has one"
    if isinstance(error, EndpointConnectionError):
        return f"{error.kwargs.get('endpoint_url')} does not answer: check the network, and AWS_REGION"
    if isinstance(error, ClientError):
        answer = error.response["Error"]
        code = answer["Code"]
        if code in _CODES:
            return _CODES[code]
        if code in ("AccessDenied", "AccessDeniedException"):
            return f"these credentials may not do it: {answer.get('Message', error)}"
    return str(error)
