"""The browser's files in S3: those of the running version stay, those of a superseded one for another 30 days."""

import inspect
import json
import tempfile
from collections.abc import Generator, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.packaging import ROOT
from infra.stacks import DeployError
from infra.static_files import StaticFiles
from tests.aws_in_process import age_objects, empty_moto
from tests.crashes import Crash, crash
from tests.infra.fake_s3 import FakeS3

BUCKET = "luckygas-dev-static-123456789012-ap-northeast-1"
RESOURCES = json.loads((ROOT / "infra" / "resources.json").read_text())["Resources"]
[RULE] = RESOURCES["StaticBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
[FILTER] = RULE["TagFilters"]
DAY = timedelta(days=1)
EXPIRY = RULE["ExpirationInDays"] * DAY


def bucket() -> FakeS3:
    """A bucket with the template's rule."""
    return FakeS3(EXPIRY, (FILTER["Key"], FILTER["Value"]))


def written(folder: Path, *paths: str) -> Path:
    for path in paths:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"content of {path}")
    return folder


def deploy(s3: Any, folder: Path) -> None:
    files = StaticFiles(s3, BUCKET, folder)
    files.upload()
    files.mark_superseded()


def keys(s3: FakeS3) -> set[str]:
    return {key.removeprefix("api/static/") for key in s3.objects}


def test_a_file_is_stored_under_its_urls_path_with_its_headers(tmp_path: Path) -> None:
    s3 = bucket()
    deploy(s3, written(tmp_path, "console/start-A1.js", "console/start-A1.css", "latest/realtime/types/x.d.ts"))
    script = s3.objects["api/static/console/start-A1.js"]
    assert script.body == b"content of console/start-A1.js"
    assert script.headers == {
        "ContentType": "text/javascript; charset=utf-8",
        "CacheControl": "public, max-age=31536000, immutable",
    }
    assert s3.objects["api/static/console/start-A1.css"].headers["ContentType"] == "text/css; charset=utf-8"
    # Browsers run no declarations: people download them.
    assert s3.objects["api/static/latest/realtime/types/x.d.ts"].headers == {
        "ContentType": "text/plain; charset=utf-8",
        "CacheControl": "public, no-cache",
    }


def test_hashed_files_are_there_before_the_latest_files_that_import_them(tmp_path: Path) -> None:
    s3 = bucket()
    deploy(s3, written(tmp_path, "latest/realtime/realtime.js", "chunks/z-A1.js", "vendor/leaflet-B2.js"))
    assert [*s3.objects][-1] == "api/static/latest/realtime/realtime.js"


def test_a_folder_without_files_or_with_files_of_unknown_kinds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match="no files for browsers"):
        StaticFiles(bucket(), BUCKET, tmp_path)
    with pytest.raises(DeployError, match=r"picture\.bmp has no media type"):
        StaticFiles(bucket(), BUCKET, written(tmp_path, "picture.bmp"))


def test_superseded_files_expire_after_30_days_and_a_rollback_restores_them(tmp_path: Path) -> None:
    s3 = bucket()
    first, second = written(tmp_path / "1", "a-1.js", "b-1.js"), written(tmp_path / "2", "a-1.js", "b-2.js")
    deploy(s3, first)
    s3.pass_time(100 * DAY)
    deploy(s3, second)
    s3.pass_time(29 * DAY)
    assert keys(s3) == {"a-1.js", "b-1.js", "b-2.js"}
    deploy(s3, first)
    s3.pass_time(29 * DAY)
    assert keys(s3) == {"a-1.js", "b-1.js", "b-2.js"}
    s3.pass_time(1 * DAY)
    assert keys(s3) == {"a-1.js", "b-1.js"}
    s3.pass_time(1000 * DAY)
    assert keys(s3) == {"a-1.js", "b-1.js"}


def test_deploying_the_same_version_again_does_not_prolong_the_superseded_files(tmp_path: Path) -> None:
    s3 = bucket()
    first, second = written(tmp_path / "1", "a-1.js"), written(tmp_path / "2", "a-2.js")
    deploy(s3, first)
    for days in (20, 20, 10):
        s3.pass_time(days * DAY)
        deploy(s3, second)
    assert keys(s3) == {"a-2.js"}


def test_files_of_a_failed_deployment_expire_after_a_later_one(tmp_path: Path) -> None:
    s3 = bucket()
    first = written(tmp_path / "1", "a-1.js")
    deploy(s3, first)
    StaticFiles(s3, BUCKET, written(tmp_path / "2", "a-2.js")).upload()
    # The functions of the first version still run, and no file was tagged.
    s3.pass_time(40 * DAY)
    assert keys(s3) == {"a-1.js", "a-2.js"}
    deploy(s3, first)
    s3.pass_time(30 * DAY)
    assert keys(s3) == {"a-1.js"}


def test_a_file_that_another_deployment_uploads_at_this_moment_stays(tmp_path: Path) -> None:
    s3 = bucket()
    first, second = written(tmp_path / "1", "a-1.js"), written(tmp_path / "2", "a-2.js")
    deploy(s3, first)
    s3.pass_time(2 * DAY)
    ends = StaticFiles(s3, BUCKET, second)
    ends.upload()
    # The calls: list, the tags of a-1.js, its copy.
    s3.at_call(3, StaticFiles(s3, BUCKET, first).upload)
    s3.pass_time(timedelta(hours=1))
    ends.mark_superseded()
    s3.pass_time(EXPIRY)
    assert keys(s3) == {"a-1.js", "a-2.js"}


def test_s3_accepts_these_calls(tmp_path: Path) -> None:
    def tags(key: str) -> dict[str, str]:
        found = s3.get_object_tagging(Bucket=BUCKET, Key=f"api/static/{key}")["TagSet"]
        return {each["Key"]: each["Value"] for each in found}

    with empty_moto():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
        first = StaticFiles(s3, BUCKET, written(tmp_path / "1", "a-1.js"))
        second = StaticFiles(s3, BUCKET, written(tmp_path / "2", "a-2.js"))
        first.upload()
        age_objects(BUCKET, 2 * DAY)
        second.upload()
        second.mark_superseded()
        assert (tags("a-1.js"), tags("a-2.js")) == ({FILTER["Key"]: FILTER["Value"]}, {})
        marked = s3.get_object(Bucket=BUCKET, Key="api/static/a-1.js")
        assert marked["ContentType"] == "text/javascript; charset=utf-8"
        assert marked["CacheControl"] == "public, max-age=31536000, immutable"
        assert marked["Body"].read() == b"content of a-1.js"
        first.upload()
        assert tags("a-1.js") == {}


# Files are shared by versions in all ways.
VERSIONS = {1: {"all", "odd", "one"}, 2: {"all", "two"}, 3: {"all", "odd", "three"}, 4: {"two", "four"}}
RETENTION = 30 * DAY


@pytest.fixture(scope="module")
def folders() -> Iterator[dict[int, Path]]:
    with tempfile.TemporaryDirectory() as root:
        yield {
            version: written(Path(root) / str(version), *(f"{name}.js" for name in names))
            for version, names in VERSIONS.items()
        }


class Deployments:
    """Deployments of one stage, some at the same time, that may fail or die at any call."""

    def __init__(self, folders: dict[int, Path]) -> None:
        self.s3 = bucket()
        self._folders = folders
        # Current and former versions: version → time of its end.
        self._runs: int | None = None
        self._ran: dict[int, datetime] = {}

    def steps(self, version: int) -> Generator[None]:
        """A deployment, step by step."""
        files = StaticFiles(self.s3, BUCKET, self._folders[version])
        files.upload()
        yield
        # CloudFormation's update is whole or not at all, and one at a time.
        if self._runs is not None:
            self._ran[self._runs] = self.s3.now
        self._runs = version
        yield
        files.mark_superseded()

    def needed(self) -> set[str]:
        """The files of the version that runs and of those that ran within 30 days."""
        recent = {version for version, until in self._ran.items() if self.s3.now - until < RETENTION}
        versions = recent | ({self._runs} if self._runs is not None else set())
        return {f"{name}.js" for version in versions for name in VERSIONS[version]}


class Day(NamedTuple):
    """A plan for a day of deployments.

    versions: of two deployments. turns: which of them takes its next step; one whose turn does not come any
    more has failed. crash: the call that the process does not survive. cross: the call before which the other
    one takes a step. then: days until the next such day.
    """

    versions: tuple[int, int]
    turns: list[int]
    crash: int | None
    cross: int | None
    then: int


DAYS = st.builds(
    Day,
    versions=st.tuples(st.sampled_from(sorted(VERSIONS)), st.sampled_from(sorted(VERSIONS))),
    turns=st.lists(st.integers(0, 1), min_size=1, max_size=6),
    crash=st.none() | st.integers(1, 12),
    cross=st.none() | st.integers(1, 12),
    then=st.sampled_from([1, 2, 10, 29, 30, 31]),
)


@settings(deadline=None, max_examples=150, derandomize=True)
@given(days=st.lists(DAYS, min_size=2, max_size=4))
def test_files_that_run_or_ran_within_30_days_are_there_whatever_happened(
    folders: dict[int, Path], days: list[Day]
) -> None:
    stage = Deployments(folders)
    for day in days:
        deployments = [stage.steps(version) for version in day.versions]
        if day.crash:
            stage.s3.at_call(day.crash, crash)
        for turn in day.turns:
            if day.cross:
                stage.s3.at_call(day.cross, partial(step, deployments[1 - turn]))
            step(deployments[turn])
            stage.s3.pass_time(timedelta(hours=1))
        # No deployment takes longer than a day.
        stage.s3.due.clear()
        for _ in range(day.then):
            stage.s3.pass_time(DAY)
            assert stage.needed() <= keys(stage.s3)
    stage.s3.pass_time(EXPIRY)
    assert stage.needed() <= keys(stage.s3)


def step(deployment: Generator[None]) -> None:
    """The deployment's next step, unless it has died or waits for the other one's step."""
    if inspect.getgeneratorstate(deployment) != inspect.GEN_RUNNING:
        with suppress(Crash):
            next(deployment, None)
