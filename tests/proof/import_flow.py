"""The office imports a file of customers: one is known already and has another name now, two are new."""

from typing import Final

from chalicelib.models.file_import import FileImport
from tests.imports.files import committed, csv_file, shown, upload
from tests.proof.invocations import ROWS_PER_PART
from tests.proof.simulation import Simulation
from tests.proof.steps import connect_all

# As (id in the other system, name, phone, address).
_KNOWN: Final = ("c0", "客戶零", "0911000000", "地址0")
_ROWS: Final = (
    ("c0", "客戶零號", "0911000000", "地址0"),
    ("c1", "客戶一", "0911000001", "地址1"),
    ("c2", "客戶二", "0911000002", "地址2"),
)
# By the name of each row, in the file's order.
_OUTCOMES: Final = {"客戶零號": "updated", "客戶一": "created", "客戶二": "created"}
assert len(_ROWS) > ROWS_PER_PART
_HEADER: Final = ("id", "name", "phone", "address")
# Longer ago than an import takes without being stalled.
_LONG_AGO: Final = "2026-01-01T00:00:00.000Z"


def prepare(of: Simulation) -> None:
    connect_all(of)
    gas = of.business
    done = committed(of.world, gas.staff, "customers", csv_file(_HEADER, _KNOWN))
    rows = of.world.api.get(f"/v1/imports/{done['id']}/rows", as_=gas.staff).body["items"]
    of.facts["known customer"] = rows[0]["id"]
    of.settle()


def import_file(of: Simulation) -> None:
    """Creates the import, uploads, checks and commits. A repeated creation leaves an import without a file."""
    api, office, content = of.world.api, of.business.staff, csv_file(_HEADER, *_ROWS)
    body = {"kind": "customers", "file_name": "file.csv", "size": len(content)}
    created = of.request(lambda: api.post("/v1/imports", body, as_=office))
    assert created.status == 201, created.body
    upload(created.body, content)
    for verb, goal in (("check", "checked"), ("commit", "done")):
        _press(of, created.body["id"], verb, goal)
    of.outside.imports[created.body["id"]] = _OUTCOMES


def _press(of: Simulation, import_id: str, verb: str, goal: str) -> None:
    """Presses the button; again after a quarter of an hour in which nothing happened."""
    api, office = of.world.api, of.business.staff

    def attempt() -> None:
        answer = of.request(lambda: api.post(f"/v1/imports/{import_id}/{verb}", as_=office))
        # 409: an earlier attempt, whose answer was lost, has begun it.
        assert answer.status in (202, 409), answer.body
        of.settle()
        if shown(api, office, import_id)["state"] != goal:
            FileImport(of.business.tenant.id, import_id).update([FileImport.updated_at.set(_LONG_AGO)])
            raise ConnectionError(f"not yet {goal}")

    of.repeat(attempt)


def edit_customer(of: Simulation) -> None:
    """Another user's edit of the customer whose name the file changes."""
    path, api = f"/v1/customers/{of.facts['known customer']}", of.world.api
    answer = of.request(lambda: api.patch(path, {"notes": "二樓"}, as_=of.business.admin))
    assert answer.status == 200, answer.body
    of.outside.customer_notes[of.facts["known customer"]] = "二樓"
