"""The newest position of a driver: kept by one conditional write, which never moves it back in time.

The write's condition holds that the driver is where a vehicle can be a moment later. Where it fails, the
refusal brings the row along, and a second write decides by it: late, driven far meanwhile, or a jump.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError
from msgspec import Struct

from chalicelib import aws
from chalicelib.models.driver_position import DriverPosition
from chalicelib.positions.fixes import Point, believable, can_follow, packed, unpacked

# About 1 km: what the first write takes without a look at what was there. In the ten seconds between two posts
# nobody gets further.
_NEAR_DEGREES: Final = 0.01
_TRIES: Final = 3


class Taken(Struct, frozen=True):
    """How many of the fixes were taken, and how many ignored: late, repeated, or not to be believed."""

    accepted: int
    ignored: int


def take(tenant_id: str, driver_id: str, told: Sequence[Point], *, correlation_id: str, now: datetime) -> Taken:
    """Keeps what is new and can be true. One DynamoDB write, a second one where the driver came from afar."""
    way = believable(told, now)
    fresh: list[Point] = _keep(tenant_id, driver_id, way, correlation_id) if way else []
    return Taken(len(fresh), len(told) - len(fresh))


def _keep(tenant_id: str, driver_id: str, way: list[Point], correlation_id: str) -> list[Point]:
    """The points that were taken."""
    row = _Row(tenant_id, driver_id, correlation_id)
    newest = way[-1]
    near = {
        ":south": newest.latitude - _NEAR_DEGREES,
        ":north": newest.latitude + _NEAR_DEGREES,
        ":west": newest.longitude - _NEAR_DEGREES,
        ":east": newest.longitude + _NEAR_DEGREES,
    }
    condition = (
        "attribute_not_exists(id) OR (#at < :at AND latitude BETWEEN :south AND :north "
        "AND longitude BETWEEN :west AND :east AND attribute_not_exists(suspect))"
    )
    old, written = row.move_to(way, condition, {name: {"N": repr(value)} for name, value in near.items()})
    for _ in range(_TRIES):
        if written or old is None:
            break
        before = _point_of(old)
        way = [point for point in way if point.at > before.at]
        if not way:
            return []
        suspects = unpacked(old.get("suspect", {}).get("B"))
        driven = [point for point in way if can_follow(before, point)]
        if not driven and suspects and can_follow(suspects[-1], way[0]):
            # What looked like a jump is where the driver is: a second fix says so.
            driven = way
        same = {":then": {"S": before.at}}
        if driven:
            old, written = row.move_to(driven, "#at = :then", same)
            way = driven
        else:
            # In its own write, so that the marker stays until another fix bears the jump out.
            old, written = row.suspect(way, "#at = :then", same)
            if written:
                return []
    if not written:
        return []
    return way if old is None else [point for point in way if point.at > _point_of(old).at]


class _Row(Struct):
    """A driver's row. Each write answers what was there before, and whether it was made."""

    tenant_id: str
    driver_id: str
    correlation_id: str

    def move_to(
        self, way: Sequence[Point], condition: str, values: dict[str, Any]
    ) -> tuple[dict[str, Any] | None, bool]:
        newest = way[-1]
        numbers = {
            name: value
            for name in ("speed", "heading", "accuracy")
            if (value := getattr(newest, name)) is not None
        }
        gone = [name for name in ("speed", "heading", "accuracy") if name not in numbers]
        sets = ["latitude = :latitude", "longitude = :longitude", "#at = :at", "fixes = :fixes"]
        sets += ["correlation_id = :correlation_id", *(f"{name} = :{name}" for name in numbers)]
        return self._update(
            f"SET {', '.join(sets)} REMOVE {', '.join([*gone, 'suspect'])}",
            condition,
            {
                ":latitude": {"N": repr(newest.latitude)},
                ":longitude": {"N": repr(newest.longitude)},
                ":at": {"S": newest.at},
                ":fixes": {"B": packed(way)},
                ":correlation_id": {"S": self.correlation_id},
                **{f":{name}": {"N": repr(value)} for name, value in numbers.items()},
                **values,
            },
        )

    def suspect(
        self, way: Sequence[Point], condition: str, values: dict[str, Any]
    ) -> tuple[dict[str, Any] | None, bool]:
        return self._update("SET suspect = :suspect", condition, {":suspect": {"B": packed(way[-1:])}, **values})

    def _update(
        self, expression: str, condition: str, values: dict[str, Any]
    ) -> tuple[dict[str, Any] | None, bool]:
        try:
            answer = aws.client("dynamodb").update_item(
                TableName=str(DriverPosition.Meta.table_name),
                Key={"tenant_id": {"S": self.tenant_id}, "id": {"S": self.driver_id}},
                UpdateExpression=expression,
                ConditionExpression=condition,
                ExpressionAttributeNames={"#at": "at"},
                ExpressionAttributeValues=values,
                ReturnValues="ALL_OLD",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return error.response.get("Item"), False
        return answer.get("Attributes"), True


def _point_of(item: dict[str, Any]) -> Point:
    return Point(item["at"]["S"], float(item["latitude"]["N"]), float(item["longitude"]["N"]))
