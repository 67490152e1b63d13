"""Which module serves which path of the API, so that a request imports only that module.

`infra/chalice_package.py` derives the file from the routes that app.py registers. Only deployment packages have
it: in the source tree app.py imports every module.
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
    """Imports every module of the API, for code that needs all routes."""
    for name in modules().values():
        import_module(name)
