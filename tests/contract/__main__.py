"""Stores the contract of the current code."""

from tests.aws_in_process import set_environment

set_environment()

from tests.contract.contract import write  # noqa: E402

write()
