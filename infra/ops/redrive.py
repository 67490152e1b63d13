"""Processes dead letters again: `make redrive STAGE=… QUEUE=texts|imports|streams [YES=1]`.

All of it is idempotent: SMS have their old key, parts of imports are written once, events have the same ids.
"""

import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import boto3
import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.consumers.batch import parse_image
from chalicelib.core import aws
from chalicelib.core.clock import now
from chalicelib.core.dead_letters import DeadLetters
from chalicelib.core.groups import slices
from chalicelib.core.settings import settings
from chalicelib.imports.jobs import resume
from chalicelib.imports.queue import QueuedPart
from chalicelib.models.base import Table
from chalicelib.models.parsing import Unreadable
from chalicelib.sms import resending
from infra.aws_errors import sentence
from infra.ops.functions import Invoke, follower, invoke, stream_event
from infra.ops.stage import Refused, add_yes_option, arguments, run
from infra.stream_functions import declared

QUEUES: Final = {"texts": "sms-dead-letters", "imports": "imports-dead-letters", "streams": "stream-dead-letters"}
_TRIMMED: Final = ("TrimmedDataAccessException", "ResourceNotFoundException")
# Each function's own batches are as small or larger.
_SLICE: Final = 16
# An open shard never ends, and returns empty pages between full ones.
_READING_SECONDS: Final = 60.0
_PAUSE_SECONDS: Final = 0.25


class TooOld(Refused):
    """The stream no longer has the records; it stores them for a day."""


class Batch(msgspec.Struct, frozen=True, rename="camel"):
    """Lambda's description of a batch that failed until it expired: the records' positions, not the records."""

    stream_arn: str
    shard_id: str
    start_sequence_number: str
    end_sequence_number: str

    @property
    def table(self) -> str:
        """The table of the stream."""
        return self.stream_arn.split("/")[1]


class DeadLetter(msgspec.Struct, frozen=True):
    """A message of any dead-letter queue: a batch, a record, a chunk for a large audience, an SMS or an import.

    record: one that the function of `stream` sent, with the reason.
    """

    batch: Batch | None = msgspec.field(name="DDBStreamBatchInfo", default=None)
    chunk: Any = msgspec.field(name="requestPayload", default=None)
    record: Any = None
    stream: str = ""
    reason: str = ""
    tenant_id: str | None = None


def described(body: str) -> str:
    """A short description of a dead letter."""
    content = _read(body)
    if content.batch is not None:
        return f"batches of {content.batch.table}"
    if content.record is not None:
        return f"records of {content.stream}: {content.reason}"
    if content.chunk is not None:
        return "chunks for a large audience (deleted: their clients have asked the log)"
    return "unreadable" if content.tenant_id is None else f"of business {content.tenant_id}"


def redrive_imports(url: str) -> Counter[str]:
    """Continues each failed import at the part that failed. Unreadable messages stay in the queue."""
    done: Counter[str] = Counter()
    dead_letters = DeadLetters(url)
    for dead_letter in dead_letters:
        try:
            part = msgspec.json.decode(dead_letter.body, type=QueuedPart)
        except msgspec.DecodeError:
            done["unreadable"] += 1
            continue
        done["resumed" if resume(part.tenant_id, part.import_id, part.run, now=now()) else "outdated"] += 1
        dead_letters.delete(dead_letter)
    return done


def redrive_streams(
    url: str, *, call: Invoke = invoke, follower_of: Callable[[str], str] = follower
) -> Counter[str]:
    """Invokes the function of each batch and record again. Those that fail again or are too old stay in the queue.

    A record whose damaged row has been repaired or deleted is removed without an invocation.

    follower_of: returns the function that consumes a stream now. The dead letter has the name of the function at
    that time, which changes if its stack is created again.
    """
    streams = boto3.client("dynamodbstreams")
    done: Counter[str] = Counter()
    dead_letters = DeadLetters(url)
    for dead_letter in dead_letters:
        content = _read(dead_letter.body)
        if content.chunk is not None:
            done["dropped"] += 1
            dead_letters.delete(dead_letter)
            continue
        if content.batch is None and content.record is None:
            done["unreadable"] += 1
            continue
        try:
            if content.record is not None and _is_settled(content):
                done["settled"] += 1
                dead_letters.delete(dead_letter)
                continue
            if content.record is not None:
                # With `redrive` the function raises instead of sending the same dead letter again.
                event = {"Records": [content.record], "redrive": True}
                call(follower_of(content.record["eventSourceARN"]), event)
            elif content.batch is not None:
                _invoke_with_slices(content.batch, call, follower_of, streams)
        except TooOld:
            done["too_old"] += 1
        except (Refused, ClientError, BotoCoreError) as error:
            why = error if isinstance(error, Refused) else sentence(error)
            what = f"a batch of {content.batch.table}" if content.batch else f"a record of {content.stream}"
            print(f"{what} failed again: {why}", file=sys.stderr)
            done["failed"] += 1
        else:
            done["followed"] += 1
            dead_letters.delete(dead_letter)
    return done


def _is_settled(dead_letter: DeadLetter) -> bool:
    """Whether the record's image is unreadable but its row is now readable or deleted.

    The repair of the row was a change, which the function has handled.
    """
    stream, images = declared(dead_letter.stream), dead_letter.record["dynamodb"]
    if stream is None or "NewImage" not in images:
        return False
    try:
        parse_image(stream.model, images["NewImage"])
    except Unreadable:
        table = f"{settings().table_prefix}{stream.table}"
        found = (
            aws.client("dynamodb").get_item(TableName=table, Key=images["Keys"], ConsistentRead=True).get("Item")
        )
        return not found or _can_be_read(stream.model, found)
    return False


def _can_be_read(model: type[Table], item: Any) -> bool:
    try:
        model.parse(item)
    except Unreadable:
        return False
    return True


def _read(body: str) -> DeadLetter:
    try:
        return msgspec.json.decode(body, type=DeadLetter)
    except msgspec.DecodeError:
        return DeadLetter()


def _invoke_with_slices(batch: Batch, call: Invoke, follower_of: Callable[[str], str], streams: Any) -> None:
    """Invokes the function with all slices, even if one fails: the stream may not have the others next time."""
    records, failure = list(records_of(batch, streams)), None
    function = follower_of(batch.stream_arn)
    for some in slices(records, _SLICE):
        try:
            call(function, stream_event(some, batch.stream_arn))
        except (Refused, ClientError, BotoCoreError) as error:
            failure = failure or error
    if failure is not None:
        raise failure


def records_of(
    batch: Batch,
    streams: Any,
    *,
    elapsed: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> Iterator[dict[str, Any]]:
    """All records of the shard from the batch's first to its last.

    They include records of other batches and those that the function's filter omits, because a dead letter does
    not list its records. Raises TooOld if the stream has none of them, Refused if it does not reach the last in a
    minute.
    """
    until, last, found = elapsed() + _READING_SECONDS, int(batch.end_sequence_number), 0
    try:
        iterator = streams.get_shard_iterator(
            StreamArn=batch.stream_arn,
            ShardId=batch.shard_id,
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=batch.start_sequence_number,
        )["ShardIterator"]
        reached = False
        while iterator and not reached:
            if elapsed() >= until:
                raise Refused("its stream was not read to the batch's last record in a minute")
            page = streams.get_records(ShardIterator=iterator)
            for record in page["Records"]:
                number = int(record["dynamodb"]["SequenceNumber"])
                reached = number >= last
                if number <= last:
                    found += 1
                    yield record
                if reached:
                    break
            iterator = page.get("NextShardIterator")
            if not page["Records"]:
                pause(_PAUSE_SECONDS)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _TRIMMED:
            raise
        raise TooOld("the stream does not have these records any more") from error
    if not found:
        raise TooOld("the stream does not have these records any more")


def _redrive_texts() -> Counter[str]:
    return resending.redrive(None, now(), seconds=math.inf)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = add_yes_option(arguments("infra.ops.redrive", "Process dead letters again."))
    parser.add_argument("--queue", choices=QUEUES, required=True)

    def command(options: Any) -> None:
        name = f"luckygas-{options.stage}-{QUEUES[options.queue]}"
        url = boto3.client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
        if not options.yes:
            found = Counter(described(dead_letter.body) for dead_letter in DeadLetters(url))
            print(f"{found.total()} letters in {name}; YES=1 tries them again")
            for what, count in found.most_common():
                print(f"  {count:>6} {what}")
            return
        done = {
            "texts": _redrive_texts,
            "imports": lambda: redrive_imports(url),
            "streams": lambda: redrive_streams(url),
        }[options.queue]()
        print(", ".join(f"{count} {what}" for what, count in done.items()) or "nothing was there")
        if done["unreadable"]:
            print(f"what is unreadable stays in {name}, for people")
        if done["too_old"]:
            print("what is too old for its stream is replayed from the orders themselves: make replay")

    return run(command, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
