"""The AWS of the simulation answers as another implementation does: the local stack's emulator."""

from collections.abc import Iterator

import pytest

from chalicelib.core import aws
from infra.local.emulator import Emulator
from tests.aws_in_process import TABLE_PREFIX, moto_tables
from tests.emulator import running_emulator
from tests.factories import delivery_business, table_business
from tests.proof.checks import report
from tests.proof.extent import FULL
from tests.proof.faults import Fault, Injector
from tests.proof.figures import record
from tests.proof.flows import FLOWS, prepare
from tests.proof.recording import recording
from tests.proof.replaying import Replay
from tests.world import World

# The other client's row is in the way of some writes; at every call, some requests would never succeed.
_OVERTAKEN = tuple(Fault(call, "overtake") for call in range(0, 200, 7))
_FEW = ("status change", "import")


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with running_emulator(tmp_path_factory.mktemp("emulator")) as running:
        yield running


@pytest.mark.parametrize("flow", FLOWS if FULL else _FEW)
def test_the_emulator_answers_each_call_as_the_aws_of_the_simulation(
    flow: str, world: World, emulator: Emulator
) -> None:
    """Also those that are refused because another client was faster, and the reading of all rows in the end."""
    injector = Injector()
    with recording() as calls, injector.listening():
        of = prepare(world, injector, flow, delivery_business(), table_business())
        of.run(FLOWS[flow].act, _OVERTAKEN)
        for table in moto_tables():
            aws.client("dynamodb").scan(TableName=table, ConsistentRead=True)
    differences = list(Replay(emulator.url, f"luckygas-{list(FLOWS).index(flow)}-").differences(calls))
    assert not differences, report(differences)
    record("simulation", f"calls replayed on the emulator, {flow}", len(calls))


def test_an_answer_that_differs_is_reported_with_its_call(world: World, emulator: Emulator) -> None:
    with recording() as calls:
        delivery_business()
        aws.client("dynamodb").scan(TableName=f"{TABLE_PREFIX}tenants", ConsistentRead=True)
    calls[-1].answer["Items"][0]["name"] = {"S": "another name"}
    [difference] = Replay(emulator.url, "luckygas-different-").differences(calls)
    assert difference.startswith(f"call {len(calls) - 1}, dynamodb.Scan")
