"""The process that writes the demo data: how its failures are reported, and that it ends with the stack."""

import json
import os
from pathlib import Path

import pytest

from infra.local.children import Children
from infra.local.environment import clean_environment, function_environment
from infra.local.ports import HOST, free_port
from infra.local.seed_process import SeedFailed, SeedProcess
from infra.packaging import ROOT


def started(directory: Path, children: Children) -> SeedProcess:
    """A seed without a gateway for texts, and with an emulator that does not answer."""
    settings = function_environment(f"http://{HOST}:{free_port()}", "http://localhost/api")
    environment = {**clean_environment(os.environ), **settings, "PYTHONPATH": str(ROOT)}
    return SeedProcess.start(directory, environment, children)


def test_a_failed_seed_names_its_log_with_the_reason(tmp_path: Path) -> None:
    seed = started(tmp_path, Children(tmp_path))
    with pytest.raises(SeedFailed, match=rf"^the seed failed: {tmp_path}/seed\.log$"):
        seed.run()
    assert "KeyError: 'SMS_GATEWAY_URL'" in (tmp_path / "seed.log").read_text()


def test_a_seed_that_waits_for_its_tables_ends_with_the_stack(tmp_path: Path) -> None:
    children = Children(tmp_path)
    seed = started(tmp_path, children)
    assert len(json.loads((tmp_path / "children.json").read_text())) == 1
    children.stop()
    with pytest.raises(SeedFailed):
        seed.run()
    assert "SMS_GATEWAY_URL" not in (tmp_path / "seed.log").read_text()
