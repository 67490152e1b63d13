"""Matching a file's customers with existing ones of the same name and number, across parts."""

from itertools import permutations

import pytest

from chalicelib.models.customer import Customer
from tests.factories import Business, customer, delivery_business
from tests.imports.files import brought, checked, committed, csv_file, reported, shown
from tests.world import World

HEADER = ("id", "name", "phone", "notes")
WITH_ID = ("77", "王五", "0912000111", "七七")
OTHER_ID = ("78", "王五", "0912-000-111", "七八")
WITHOUT = ("", "王五", "0912 000 111", "無")
PERSON = ("5", "陳六", "0912000222", "")


def called(gas: Business, name: str = "王五") -> list[Customer]:
    return [row for row in Customer.query(gas.tenant.id) if row.name == name]


def made_by_hand(gas: Business) -> Customer:
    row = customer(gas.tenant)
    row.update([Customer.name.set("王五"), Customer.phone.set("+886912000111")])
    return row


def bring(world: World, gas: Business, *rows: tuple[str, ...], rows_per_part: int | None = None) -> None:
    import_id = brought(world.api, gas.staff, "customers", csv_file(HEADER, *rows), source="old")
    for step in ("check", "commit"):
        assert world.api.post(f"/v1/imports/{import_id}/{step}", as_=gas.staff).status == 202
        world.deliver_imports(rows_per_part=rows_per_part)
    assert shown(world.api, gas.staff, import_id)["state"] == "done"


def test_a_row_with_an_id_matches_a_record_made_by_hand_with_that_name_and_number(
    world: World, gas: Business
) -> None:
    mine = made_by_hand(gas)
    bring(world, gas, WITH_ID)
    [row] = called(gas)
    assert (row.id, row.notes) == (mine.id, "七七")
    bring(world, gas, (*WITH_ID[:3], "新"))
    assert [(row.id, row.notes) for row in called(gas)] == [(mine.id, "新")]


def test_a_row_equal_to_the_record_only_takes_it_over(world: World, gas: Business) -> None:
    mine = made_by_hand(gas)
    content = csv_file(HEADER[:3], ("77", "王五", "0912000111"))
    row = committed(world, gas.staff, "customers", content)
    [line] = reported(world.api, gas.staff, row["id"])
    assert (line["outcome"], line["id"], line["changed"]) == ("unchanged", mine.id, [])
    bring(world, gas, OTHER_ID)
    assert len(called(gas)) == 2, "it is somebody's already"


@pytest.mark.parametrize("rows_per_part", [1, 2, 10])
def test_two_rows_never_match_one_record_in_any_order_and_parts(world: World, rows_per_part: int) -> None:
    for rows in permutations((WITH_ID, OTHER_ID, WITHOUT, PERSON)):
        gas = delivery_business()
        mine = made_by_hand(gas)
        bring(world, gas, *rows, rows_per_part=rows_per_part)
        found = {row.id: row.notes for row in called(gas)}
        first = next(row for row in rows if row[1] != "陳六")
        assert found.pop(mine.id) == first[3], "the first of them in the file"
        assert sorted(map(str, found.values())) == sorted({"七七", "七八", "無"} - {first[3]})


@pytest.mark.parametrize("rows_per_part", [1, 10])
@pytest.mark.parametrize("neighbours", [(), (PERSON,), (("", "陳六", "0912000222", ""), PERSON)])
def test_the_neighbours_of_a_row_do_not_matter(
    world: World, gas: Business, rows_per_part: int, neighbours: tuple[tuple[str, ...], ...]
) -> None:
    mine = made_by_hand(gas)
    bring(world, gas, *neighbours, WITH_ID, rows_per_part=rows_per_part)
    assert [row.id for row in called(gas)] == [mine.id]


def test_two_of_the_other_systems_customers_may_share_a_name_and_a_number(world: World, gas: Business) -> None:
    bring(world, gas, WITH_ID, OTHER_ID)
    assert sorted(str(row.notes) for row in called(gas)) == ["七七", "七八"]


def test_a_later_file_adds_the_id_of_a_customer_imported_without_one(world: World, gas: Business) -> None:
    bring(world, gas, WITHOUT)
    bring(world, gas, WITH_ID)
    assert len(called(gas)) == 1
    bring(world, gas, ("", "王五", "0912000111", "再"))
    assert [row.notes for row in called(gas)] == ["再"]


def test_a_check_names_the_record_of_a_row(world: World, gas: Business) -> None:
    mine = made_by_hand(gas)
    row = checked(world, gas.staff, "customers", csv_file(HEADER, WITH_ID))
    [line] = reported(world.api, gas.staff, row["id"])
    assert (line["outcome"], line["id"]) == ("updated", mine.id)
