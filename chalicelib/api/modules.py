"""Which module serves which path of the API, so that a request imports no other.

`infra/chalice_package.py` derives it from the routes that app.py registers. Only packages have the file: in the
source tree app.py has imported every module.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

_FILE = Path(__file__).with_name("modules.json")


@cache
def modules() -> Mapping[str, str]:
    """The name of the module by path (`/v1/orders/{order_id}`)."""
    found: dict[str, str] = json.loads(_FILE.read_text()) if _FILE.exists() else {}
    return found


def import_all() -> None:
    """Imports every module of the API, for what describes all of its routes."""
    for name in modules().values():
        import_module(name)
