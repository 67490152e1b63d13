"""What was given up, tried again: `make redrive STAGE=… QUEUE=texts|imports|streams [YES=1]`.

Everything here bears being done twice: texts go out under their old key, parts of imports are done once, events
keep their ids.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

import boto3
import msgspec
from botocore.exceptions import ClientError

from chalicelib.clock import now
from chalicelib.imports.jobs import resume
from chalicelib.imports.queue import QueuedPart
from chalicelib.sms import resending
from infra.ops.functions import Invoke, invoke, stream_event
from infra.ops.stage import Refused, arguments, ask_first, run

QUEUES: Final = {"texts": "sms-dead-letters", "imports": "imports-dead-letters", "streams": "stream-dead-letters"}
# While a letter is looked at nobody else sees it.
_HIDDEN_SECONDS: Final = 120
_LOOKED_AT_SECONDS: Final = 5
_TRIMMED: Final = ("TrimmedDataAccessException", "ResourceNotFoundException")


class TooOld(Refused):
    """A stream keeps its records for a day."""


def letters(url: str, hidden_seconds: int) -> Iterator[dict[str, Any]]:
    """Each message of a dead-letter queue once; whoever has done with one deletes it."""
    sqs, seen = boto3.client("sqs"), set()
    while True:
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=hidden_seconds)
        fresh = [each for each in found.get("Messages", ()) if each["MessageId"] not in seen]
        if not fresh:
            return
        seen |= {each["MessageId"] for each in fresh}
        yield from fresh


def described(body: str) -> str:
    """Whose letter it is and about what, in a word or two."""
    try:
        said = json.loads(body)
    except ValueError:
        return "unreadable"
    if "DDBStreamBatchInfo" in said:
        return f"batches of {said['DDBStreamBatchInfo']['streamArn'].split('/')[1]}"
    if "requestPayload" in said:
        return "chunks for a large audience (deleted: their clients have asked the log)"
    return f"of business {said.get('tenant_id', '?')}"


def redrive_imports(url: str) -> Counter[str]:
    """Has each import go on at the part at which it failed."""
    done: Counter[str] = Counter()
    for letter in letters(url, _HIDDEN_SECONDS):
        part = msgspec.json.decode(letter["Body"], type=QueuedPart)
        done["resumed" if resume(part.tenant_id, part.import_id, part.run, now=now()) else "outdated"] += 1
        _delete(url, letter)
    return done


def redrive_streams(url: str, *, call: Invoke = invoke) -> Counter[str]:
    """Hands each batch to its function again. A batch that fails again, or is too old, stays a letter."""
    done: Counter[str] = Counter()
    for letter in letters(url, _HIDDEN_SECONDS):
        said = json.loads(letter["Body"])
        batch = said.get("DDBStreamBatchInfo")
        if batch is not None:
            try:
                call(said["requestContext"]["functionArn"], stream_event(_records(batch), batch["streamArn"]))
            except TooOld:
                done["too_old"] += 1
                continue
            except Refused as error:
                print(f"a batch of {batch['streamArn'].split('/')[1]} failed again: {error}", file=sys.stderr)
                done["failed"] += 1
                continue
        done["followed" if batch is not None else "dropped"] += 1
        _delete(url, letter)
    return done


def _records(batch: dict[str, Any]) -> list[dict[str, Any]]:
    streams = boto3.client("dynamodbstreams")
    last = int(batch["endSequenceNumber"])
    found: list[dict[str, Any]] = []
    try:
        iterator = streams.get_shard_iterator(
            StreamArn=batch["streamArn"],
            ShardId=batch["shardId"],
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=batch["startSequenceNumber"],
        )["ShardIterator"]
        while iterator and len(found) < batch["batchSize"]:
            page = streams.get_records(ShardIterator=iterator, Limit=batch["batchSize"] - len(found))
            fresh = [each for each in page["Records"] if int(each["dynamodb"]["SequenceNumber"]) <= last]
            if not fresh:
                break
            found += fresh
            iterator = page.get("NextShardIterator")
    except ClientError as error:
        if error.response["Error"]["Code"] not in _TRIMMED:
            raise
        raise TooOld("the stream does not have these records any more") from error
    if not found:
        raise TooOld("the stream does not have these records any more")
    return found


def _delete(url: str, letter: dict[str, Any]) -> None:
    boto3.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"])


def _redrive_texts() -> Counter[str]:
    count = 0
    while found := resending.redrive(None, now()):
        count += found
    return Counter(queued=count)


def main(given: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = ask_first(arguments("infra.ops.redrive", "Try again what was given up."))
    parser.add_argument("--queue", choices=QUEUES, required=True)

    def command(wanted: Any) -> None:
        name = f"luckygas-{wanted.stage}-{QUEUES[wanted.queue]}"
        url = boto3.client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
        if not wanted.yes:
            found = Counter(described(each["Body"]) for each in letters(url, _LOOKED_AT_SECONDS))
            print(f"{found.total()} letters in {name}; YES=1 tries them again")
            for what, count in found.most_common():
                print(f"  {count:>6} {what}")
            return
        done = {
            "texts": _redrive_texts,
            "imports": lambda: redrive_imports(url),
            "streams": lambda: redrive_streams(url),
        }[wanted.queue]()
        print(", ".join(f"{count} {what}" for what, count in done.items()) or "nothing was there")
        if done["too_old"]:
            print("what is too old for its stream is replayed from the orders themselves: make replay")

    return run(command, parser, given)


if __name__ == "__main__":
    sys.exit(main())
