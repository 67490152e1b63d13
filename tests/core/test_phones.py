import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.phones import can_receive_sms, normalise


@pytest.mark.parametrize(
    "typed",
    [
        "0912345678",
        "0912-345-678",
        "0912 345 678",
        " 0912345678 ",
        "(0912)345678",
        "0912.345.678",
        "+886912345678",
        "+886 912 345 678",
        "+886-912-345-678",
        "886912345678",
        "+886 (0)912-345-678",
        "０９１２３４５６７８",
    ],
)
def test_a_mobile_number_is_stored_the_same_however_it_is_typed(typed: str) -> None:
    assert normalise(typed) == "+886912345678"
    assert can_receive_sms("+886912345678")


@pytest.mark.parametrize(
    ("typed", "e164"),
    [
        ("(02) 2345-6789", "+886223456789"),
        ("02-23456789", "+886223456789"),
        ("+886 2 2345 6789", "+886223456789"),
        ("037-123456", "+88637123456"),
        ("04-22345678", "+886422345678"),
        ("0800-123456", "+886800123456"),
    ],
)
def test_a_landline_is_a_number_but_receives_no_sms(typed: str, e164: str) -> None:
    assert normalise(typed) == e164
    assert not can_receive_sms(e164)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "09123",
        "091234567890",
        "0000000000",
        "電話",
        "0912ABCDEF",
        "call 0912345678 now",
        "0912345678; 0987654321",
        "02-23456789#12",
        "0912345678 ext 3",
        "+852 6123 4567",
        "+1 202 555 0123",
        "--------",
        "0" * 5000,
        "٠٩١٢٣٤٥٦٧٨",
    ],
)
def test_a_number_outside_taiwan_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="phone number"):
        normalise(typed)


@given(st.text(st.sampled_from("0123456789+-() .#ext八９\n"), max_size=30) | st.text(max_size=30))
def test_any_text_is_either_refused_or_becomes_a_form_that_is_stable(typed: str) -> None:
    try:
        number = normalise(typed)
    except ValueError:
        return
    assert number.startswith("+886")
    assert normalise(number) == number


def test_the_library_is_loaded_only_when_a_number_is_read() -> None:
    code = "import chalicelib.core.phones, sys; print('phonenumbers' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
