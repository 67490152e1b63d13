"""The journal, and the rules by which a client decides what it lacks."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.proof.black_box.cursors import Channel
from tests.proof.black_box.journal import Journal


def test_a_line_is_in_the_file_when_its_writer_is_cancelled(tmp_path: Path) -> None:
    journal = Journal(tmp_path)

    async def write_for_ever() -> None:
        journal.of("person").write("connected", text="瓦斯")
        await asyncio.Event().wait()

    async def cancel() -> None:
        task = asyncio.create_task(write_for_ever())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(cancel())
    line = json.loads((tmp_path / "person.jsonl").read_text())
    assert (line["kind"], line["text"], line["at"][-1]) == ("connected", "瓦斯", "Z")


def test_a_journal_continues_its_files(tmp_path: Path) -> None:
    for n in range(2):
        journal = Journal(tmp_path)
        journal.of("person").write("connected", n=n)
        journal.close()
    lines = (tmp_path / "person.jsonl").read_text().splitlines()
    assert [json.loads(line)["n"] for line in lines] == [0, 1]


def test_a_file_is_in_the_folder(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.\./person"):
        Journal(tmp_path).of("../person")


def test_a_client_holds_an_event_after_a_gap_until_the_gap_is_filled() -> None:
    channel = Channel(7, "E1")
    assert [channel.receive(number) for number in (9, 7, 8)] == [True, True, False]
    assert channel.is_at(9, "E1")


def test_numbers_that_a_replay_left_out_are_no_gap() -> None:
    channel = Channel(7, "E1")
    assert channel.receive(10)
    channel.start(9, "E1")
    assert channel.is_at(10, "E1")


def test_held_events_of_another_log_are_dropped() -> None:
    channel = Channel(7, "E1")
    channel.receive(9)
    channel.start(2, "E2")
    assert channel.is_at(2, "E2")
