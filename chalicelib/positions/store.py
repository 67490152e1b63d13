"""Stores a driver's newest position with one conditional write, which never replaces a newer one.

The condition is that a vehicle can have driven from the stored position to the new one. If it fails, DynamoDB
returns the row, and a second write decides by it: the fix is late, the driver has driven far, or the fix is a
jump.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import sqrt
from typing import Any, Final

from botocore.exceptions import ClientError
from msgspec import Struct

from chalicelib.auth.principal import DRIVER, Principal
from chalicelib.auth.rules import rule
from chalicelib.core import aws
from chalicelib.core.clock import from_wire, wire
from chalicelib.core.errors import Forbidden
from chalicelib.models.driver_position import DriverPosition
from chalicelib.models.writes import new_write_id, written_by
from chalicelib.positions.fixes import Point, believable, can_follow, packed, reach, unpacked

# By seconds since the stored position: the square around the new position in which the stored one must be. A
# vehicle can drive from corner to corner, so the condition needs no exact distance. A driver who posts every ten
# seconds at 90 km/h is well inside. Outside, the second write computes the exact distance.
_SQUARES: Final = (0, 2, 5, 8, 15, 30)
_METRES_OF_A_DEGREE: Final = 111_195
# If the fixes of one request span at least the time between two posts, they confirm a jump like a second request.
_BORNE_OUT: Final = timedelta(seconds=10)
_TRIES: Final = 3


class Taken(Struct, frozen=True):
    """How many fixes were accepted, and how many ignored because they were late, repeated or implausible."""

    accepted: int
    ignored: int


@rule(roles={DRIVER})
def record_positions(
    principal: Principal, reported: Sequence[Point], *, correlation_id: str, now: datetime
) -> Taken:
    """Stores the new and plausible fixes. One DynamoDB write, or two if the driver has driven far.

    Raises Forbidden, also for a user with the role but without a driver's record.
    """
    if principal.driver_id is None:
        raise Forbidden("This user is not linked to a driver.")
    way = believable(reported, now)
    fresh: list[Point] = (
        _store_points(principal.tenant_id, principal.driver_id, way, correlation_id) if way else []
    )
    return Taken(len(fresh), len(reported) - len(fresh))


def _store_points(tenant_id: str, driver_id: str, way: list[Point], correlation_id: str) -> list[Point]:
    """Stores the points and returns the accepted ones."""
    row = _Row(tenant_id, driver_id, correlation_id)
    condition, values = _within_reach(way[-1])
    old, written = row.move_to(way, condition, values)
    for _ in range(_TRIES):
        if written or old is None:
            break
        before = _point_of(old)
        way = [point for point in way if point.at > before.at]
        if not way:
            return []
        suspects = unpacked(old.get("suspect", {}).get("B"))
        driven = [point for point in way if can_follow(before, point)]
        if not driven and (_is_long(way) or (suspects and can_follow(suspects[-1], way[0]))):
            # A second fix, or the other fixes of the same request, confirm that the jump is the driver's position.
            driven = way
        same = {":then": {"S": before.at}}
        if driven:
            old, written = row.move_to(driven, "#at = :then", same)
            way = driven
        else:
            # A separate write, so that the marker stays until another fix confirms the jump.
            old, written = row.suspect(way, "#at = :then", same)
            if written:
                return []
    if not written:
        return []
    return way if old is None else [point for point in way if point.at > _point_of(old).at]


def _is_long(way: Sequence[Point]) -> bool:
    return from_wire(way[-1].at) - from_wire(way[0].at) >= _BORNE_OUT


def _within_reach(newest: Point) -> tuple[str, dict[str, Any]]:
    """The first write's condition and its values: no row, or one from whose position a vehicle can have come."""
    squares: list[str] = []
    values: dict[str, Any] = {}
    for seconds in _SQUARES:
        side = reach(seconds) / sqrt(2) / _METRES_OF_A_DEGREE
        values[f":before{seconds}"] = {"S": wire(from_wire(newest.at) - timedelta(seconds=seconds))}
        for name, degrees in (
            ("south", newest.latitude - side),
            ("north", newest.latitude + side),
            ("west", newest.longitude - side),
            ("east", newest.longitude + side),
        ):
            values[f":{name}{seconds}"] = {"N": repr(round(degrees, 7))}
        squares.append(
            f"(#at <= :before{seconds} AND latitude BETWEEN :south{seconds} AND :north{seconds} "
            f"AND longitude BETWEEN :west{seconds} AND :east{seconds})"
        )
    newer = f"#at < :at AND attribute_not_exists(suspect) AND ({' OR '.join(squares)})"
    return f"attribute_not_exists(id) OR ({newer})", values


class _Row(Struct):
    """A driver's row. Each write returns the row before it, and whether it was applied.

    The row before is None also for a write that botocore repeated, because the first answer was lost.
    """

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
        sets += [
            "correlation_id = :correlation_id",
            "write_id = :write_id",
            *(f"{name} = :{name}" for name in numbers),
        ]
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
        sets = "SET suspect = :suspect, write_id = :write_id"
        return self._update(sets, condition, {":suspect": {"B": packed(way[-1:])}, **values})

    def _update(
        self, expression: str, condition: str, values: dict[str, Any]
    ) -> tuple[dict[str, Any] | None, bool]:
        write_id = new_write_id()
        try:
            answer = aws.client("dynamodb").update_item(
                TableName=str(DriverPosition.Meta.table_name),
                Key={"tenant_id": {"S": self.tenant_id}, "id": {"S": self.driver_id}},
                UpdateExpression=expression,
                ConditionExpression=condition,
                ExpressionAttributeNames={"#at": "at"},
                ExpressionAttributeValues={**values, ":write_id": {"S": write_id}},
                ReturnValues="ALL_OLD",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            if written_by(error.response, write_id):
                return None, True
            return error.response.get("Item"), False
        return answer.get("Attributes"), True


def _point_of(item: dict[str, Any]) -> Point:
    return Point(item["at"]["S"], float(item["latitude"]["N"]), float(item["longitude"]["N"]))
