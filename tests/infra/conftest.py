"""Fixtures of the tests of infra."""

from typing import Any

import pytest

from infra.packaging import Package, package


@pytest.fixture(scope="session")
def local_package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The package that `make package STAGE=local` makes of the working tree."""
    return package("local", tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="session")
def template(local_package: Package) -> dict[str, Any]:
    return local_package.template


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The package of `make package STAGE=dev`. For the xdist group `package` only: one worker builds for all."""
    return package("dev", tmp_path_factory.mktemp("dev"))
