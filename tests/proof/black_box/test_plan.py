from tests.proof.black_box.plan import REDEPLOY, SHARES, make_plan


def test_a_seed_makes_the_same_plan_again() -> None:
    assert make_plan(7, 900, 4) == make_plan(7, 900, 4)
    assert make_plan(7, 900, 4) != make_plan(8, 900, 4)


def test_a_plan_has_each_fault_and_one_redeployment() -> None:
    names = [fault.name for fault in make_plan(7, 900, 4).faults]
    assert set(names) == {*SHARES, REDEPLOY}
    assert names.count(REDEPLOY) == 1


def test_all_faults_end_with_the_plan() -> None:
    faults = make_plan(7, 900, 4).faults
    assert all(fault.at + fault.seconds <= 900 for fault in faults)


def test_faults_of_sms_towards_the_end_leave_time_to_deliver_them() -> None:
    late = [fault for fault in make_plan(7, 900, 4).faults if fault.at > 700]
    assert "kill SendSms" not in {fault.name for fault in late}
    assert all(fault.count for fault in late if fault.name.startswith("sms "))
