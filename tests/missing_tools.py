"""Programs that tests need and pip does not install."""

import os
from typing import NoReturn

import pytest


def skip_or_fail(message: str) -> NoReturn:
    """Ends a test that lacks a program: skipped on a laptop, failed in CI. message: how to install it."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)
