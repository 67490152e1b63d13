"""Updates and puts that are applied only once, although botocore repeats them.

botocore repeats a call whose answer was lost. If DynamoDB had applied the first attempt, the second one would fail
the condition that the first made false, or would append or count again. Therefore each write stores its own id in
the row and is refused if the row already has that id. The refusal contains the row; if our id is in it, the write
is done. Transactions do not need this: botocore gives each a `ClientRequestToken`, by which DynamoDB recognises a
repeat.

No model declares `write_id`. Rows without one are written like others; functions of an older version ignore it.
"""

from collections.abc import Mapping, Sequence
from secrets import token_urlsafe
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.constants import (
    ALL_NEW,
    ALL_OLD,
    ATTRIBUTES,
    ITEM,
    PUT_ITEM,
    RETURN_VALUES,
    UPDATE_ITEM,
)
from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action
from pynamodb.models import Model

_NAME: Final = "write_id"
_BYTES: Final = 9  # 72 bits, 12 characters


def new_write_id() -> str:
    """An id that no other write has."""
    return token_urlsafe(_BYTES)


def written_by(refusal: Mapping[str, Any], write_id: str) -> dict[str, Any] | None:
    """The stored row if this write has already been applied, otherwise None.

    refusal: botocore's response to a write whose condition failed, requested with
    `ReturnValuesOnConditionCheckFailure`.
    """
    item: dict[str, Any] = refusal.get("Item") or {}
    return item if item.get(_NAME) == {"S": write_id} else None


def update_once(row: Model, actions: Sequence[Action], condition: Condition | None) -> dict[str, Any]:
    """Updates the stored row and `row`, and returns DynamoDB's answer. Raises UpdateError."""
    write_id, stored = new_write_id(), Path(_NAME)
    not_applied = stored.does_not_exist() | (stored != write_id)
    request = row.get_update_kwargs_from_instance(
        [*actions, stored.set(write_id)],
        not_applied if condition is None else condition & not_applied,
        return_values_on_condition_failure=ALL_OLD,
    )
    try:
        answer = _call(row, UPDATE_ITEM, {**request, RETURN_VALUES: ALL_NEW})
    except (BotoCoreError, ClientError) as error:
        item = _applied(error, write_id)
        if item is None:
            raise UpdateError(f"Failed to update item: {error}", error) from error
        answer = {ATTRIBUTES: item}
    row.deserialize(answer[ATTRIBUTES])
    return answer


def put_once(row: Model, condition: Condition) -> dict[str, Any]:
    """Puts a row if the condition holds, and returns DynamoDB's answer. Raises PutError."""
    write_id = new_write_id()
    request = row.get_save_kwargs_from_instance(condition, return_values_on_condition_failure=ALL_OLD)
    request[ITEM][_NAME] = {"S": write_id}
    try:
        return _call(row, PUT_ITEM, request)
    except (BotoCoreError, ClientError) as error:
        if _applied(error, write_id) is None:
            raise PutError(f"Failed to put item: {error}", error) from error
        return {}


def _call(row: Model, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = row._get_connection().connection.dispatch(operation, request)
    return answer


def _applied(error: BotoCoreError | ClientError, write_id: str) -> dict[str, Any] | None:
    # PynamoDB's error omits the row; botocore's error, which caused it, has it.
    return written_by(getattr(error.__cause__, "response", None) or {}, write_id)
