"""Stores the contract as the code has it now."""

from tests.aws_in_process import set_environment

set_environment()

from tests.contract.contract import write  # noqa: E402

write()
