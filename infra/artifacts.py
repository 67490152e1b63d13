"""The bucket that code and templates are deployed from, one per stage, account and region."""

import hashlib
from typing import Any

from botocore.exceptions import ClientError

from infra.stacks import DeployError


class Artifacts:
    """An artifact's key is its digest, so equal ones are stored once, and those of older deployments remain."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3 = s3
        self.bucket = bucket

    @classmethod
    def of(cls, s3: Any, stage: str, account: str, *, may_move: bool = False) -> "Artifacts":
        """The stage's bucket, which it creates if there is none.

        Raises DeployError if the stage has one in another region (`may_move`: create another anyway), or if
        another account has the name.
        """
        region = s3.meta.region_name
        stem = f"luckygas-{stage}-artifacts-{account}-"
        names = [each["Name"] for each in s3.list_buckets()["Buckets"] if each["Name"].startswith(stem)]
        bucket = stem + region
        if bucket not in names:
            if names and not may_move:
                other = names[0].removeprefix(stem)
                raise DeployError(
                    f"stage {stage} is in {other}, and AWS_REGION says {region}: set AWS_REGION={other}, or say"
                    f" ANOTHER_REGION=1 to have it in both"
                )
            _make(s3, bucket, region)
        return cls(s3, bucket)

    def put(self, folder: str, content: bytes, suffix: str) -> str:
        """Stores an artifact and returns its key."""
        key = f"{folder}/{hashlib.sha256(content).hexdigest()}{suffix}"
        self._s3.put_object(Bucket=self.bucket, Key=key, Body=content)
        return key

    def url(self, key: str) -> str:
        """The URL of an artifact; it gives no access by itself."""
        signed = self._s3.generate_presigned_url("get_object", Params={"Bucket": self.bucket, "Key": key})
        return str(signed).split("?", 1)[0]


def _make(s3: Any, bucket: str, region: str) -> None:
    # us-east-1 is the default and must not be given as a location.
    place = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        s3.create_bucket(Bucket=bucket, **({} if region == "us-east-1" else place))
    except ClientError as error:
        if error.response["Error"]["Code"] != "BucketAlreadyExists":
            raise
        raise DeployError(
            f"the bucket {bucket} belongs to another account: nothing can be deployed here"
        ) from error
    s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
