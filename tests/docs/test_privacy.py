"""docs/privacy.csv has the personal data and the retention of every table, as the code has them."""

import csv
import importlib
import pkgutil
import re
import sys
from datetime import timedelta
from typing import Any, Final

import pytest

import chalicelib
from chalicelib.auth import display_tokens, revocations, sessions
from chalicelib.auth.rate_limits import Limit
from chalicelib.core.clock import epoch, now
from chalicelib.imports import report
from chalicelib.monitoring import hourly, stream_health
from chalicelib.orders import create, numbering
from chalicelib.positions import tracks
from chalicelib.realtime import announcements, connections, log, overdue, read_cursors
from chalicelib.routes import following
from chalicelib.sms import circuit, outcomes, probes, queueing, retention, sending
from infra import edge_logs, log_groups
from infra.ops.stored import TABLES
from infra.packaging import ROOT
from tests.aws_in_process import TABLE_PREFIX, moto_tables, resources
from tests.factories import Business
from tests.isolation.neighbour import busy
from tests.world import World

PRIVACY: Final = (ROOT / "docs" / "privacy.csv").read_text()
RESOURCES: Final = resources()


def longest_limit() -> timedelta:
    """The longest window of all limits: a row is stored a minute longer."""
    for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
        importlib.import_module(module.name)
    modules = [module for name, module in list(sys.modules.items()) if name.startswith("chalicelib.")]
    limits = {each for module in modules for each in vars(module).values() if isinstance(each, Limit)}
    return timedelta(seconds=max(each.seconds for each in limits))


# By table: after how long its rows expire, by the constants that the code writes `expires_at` with.
EXPIRE: Final[dict[str, tuple[timedelta, ...]]] = {
    "announcements": (announcements._RETENTION, overdue.STORED_FOR),
    "channel_log": (log.RETENTION, log.USER_RETENTION),
    "connections": (connections._LONGEST_CONNECTION,),
    "counters": (numbering._RETENTION,),
    "display_tokens": (display_tokens._LISTED_FOR,),
    "driver_tracks": (tracks.RETENTION,),
    "event_claims": (log._CLAIM_RETENTION,),
    "idempotency": (create._KEY_LIFETIME,),
    "import_rows": (report.REPORT_LIFETIME,),
    "links": (sending._RECEIPT_LASTS, *(lasts for _, lasts in queueing._LINKS.values())),
    # Only rows of earlier versions.
    "login_names": (),
    "rate_limits": (longest_limit(),),
    "read_cursors": (read_cursors._STORED_FOR,),
    "refresh_tokens": (sessions.REFRESH_LIFETIME,),
    "revocations": (revocations.RETENTION,),
    "route_progress": (following._RETENTION,),
    "sms_circuits": (circuit._REMEMBERED,),
    "subscriptions": (connections._LONGEST_CONNECTION,),
    "system_metrics": (
        max(hourly._RETENTION, outcomes._COUNTER_LIFE, probes._RETENTION, stream_health._RETENTION),
    ),
}
# By months, which the business chooses.
BY_MONTHS: Final = {"notification_history": retention.DEFAULT_MONTHS}
# Rows that exist as long as the record that they belong to.
WITHOUT_LIMIT: Final = {"login_names"}
# A display token's row expires so long after the token, which is valid for at most 366 days.
AFTER_THE_END: Final = {"display_tokens"}


def rows(kind: str) -> list[list[str]]:
    """For all rows of a kind: where, personal data, how long, and the action on request."""
    return [cells for first, *cells in csv.reader(PRIVACY.splitlines()) if first == kind]


DESCRIBED: Final = {row[0].strip("`"): row for row in rows("table")}


def words_of(time: timedelta) -> str:
    """As the document writes it: `24 hours`, `2 hours 10 minutes`, `7 days`."""
    hours, minutes = divmod(round(time.total_seconds() / 60), 60)
    if minutes == 0 and hours % 24 == 0 and hours not in (24, 48):
        return f"{hours // 24} days"
    parts = [(hours, "hour"), (minutes, "minute")]
    return " ".join(f"{count} {word}{'s' if count > 1 else ''}" for count, word in parts if count)


def test_every_table_has_a_row_with_its_personal_attributes() -> None:
    described = {name: set(re.findall(r"`(\w+)`", row[1])) for name, row in DESCRIBED.items()}
    assert described.keys() == TABLES.keys()
    for name, stored in TABLES.items():
        personal = {path.partition(".")[0] for path in stored.personal.split()}
        assert described[name] == personal, f"docs/privacy.csv, {name}: name what stored.py lists as personal"


def test_every_table_with_personal_data_documents_its_deletion() -> None:
    assert [name for name, row in DESCRIBED.items() if TABLES[name].personal and row[3] in ("", "–")] == []


def test_a_table_expires_where_the_template_says_so_and_only_there() -> None:
    tables = [each["Properties"] for each in RESOURCES.values() if each.get("Type") == "AWS::DynamoDB::Table"]
    expiring = {
        each["TableName"]["Fn::Sub"].removeprefix("luckygas-${Stage}-")
        for each in tables
        if each.get("TimeToLiveSpecification", {}).get("Enabled")
    }
    assert EXPIRE.keys() | BY_MONTHS.keys() == expiring
    assert {name for name, stored in TABLES.items() if "expires_at" in stored.plain.split()} == expiring


@pytest.mark.parametrize("table", sorted(TABLES))
def test_the_time_that_is_stated_is_the_time_in_the_code(table: str) -> None:
    stated = DESCRIBED[table][2]
    times = {words_of(each) for each in EXPIRE.get(table, ())}
    if table in BY_MONTHS:
        times = {f"{BY_MONTHS[table]} months"}
    assert set(re.findall(r"\d+ (?:hours? \d+ minutes|hours?|days?|months)", stated)) == times
    if not times:
        assert "no limit" in stated


def test_no_row_outlives_its_documented_lifetime(world: World, gas: Business, restaurant: Business) -> None:
    for business in (gas, restaurant):
        busy(world, business)
    at = epoch(now())
    late = []
    for name, times in EXPIRE.items():
        if name not in WITHOUT_LIMIT | AFTER_THE_END:
            limit = at + max(times).total_seconds() + 90
            late += [name for expires in _expiries(name) if expires is not None and expires > limit]
    assert late == []
    assert sum(len(_expiries(name)) for name in EXPIRE) > 50
    texts = _expiries("notification_history")
    assert texts
    assert None not in texts


def _expiries(table: str) -> list[int | None]:
    """When each row expires, in epoch seconds."""
    items = (item.to_json() for item in moto_tables()[TABLE_PREFIX + table].all_items())
    found: list[Any] = [item.get("Attributes", item).get("expires_at", {}).get("N") for item in items]
    return [None if each is None else int(float(each)) for each in found]


def test_buckets_queues_and_logs_are_stored_for_as_long_as_they_are_deployed() -> None:
    stated = {name: row[2] for row in rows("other") for name in re.findall(r"`(\w+)`", row[0])}
    deployed = {}
    for name, resource in RESOURCES.items():
        properties = resource.get("Properties", {})
        if resource.get("Type") == "AWS::S3::Bucket":
            [rule] = [each for each in properties["LifecycleConfiguration"]["Rules"] if "ExpirationInDays" in each]
            deployed[name] = f"{rule['ExpirationInDays']} days"
        elif resource.get("Type") == "AWS::SQS::Queue":
            deployed[name] = words_of(timedelta(seconds=properties["MessageRetentionPeriod"]))
    assert set(stated) == set(deployed)
    assert {name: text for name, text in stated.items() if not text.startswith(deployed[name])} == {}
    by_place = {row[0]: row[2] for row in rows("other")}
    prod, elsewhere = log_groups._RETENTION["Fn::If"][1:]
    assert by_place["logs of the functions"] == f"{prod} days in prod, {elsewhere} elsewhere"
    assert by_place["access logs of the edge"] == f"{edge_logs._DAYS} days"
