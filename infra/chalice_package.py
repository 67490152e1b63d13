"""A program that runs Chalice's command in a copy of the project.

First it writes the files derived from the code: the module of each path, and the functions' IAM policies. It is
one process, so that app.py is imported once.
"""

import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, Final

MODULES: Final = Path("chalicelib", "api", "modules.json")


def modules_of(app: Any) -> dict[str, str]:
    """The module of each path of an app. Raises ValueError where two modules serve one path."""
    found: dict[str, str] = {}
    for path, entries in app.routes.items():
        names = sorted({entry.view_function.__module__ for entry in entries.values()})
        if len(names) > 1:
            raise ValueError(f"{path} is served by {' and '.join(names)}: one module serves all methods of a path")
        found[path] = names[0]
    return found


if __name__ == "__main__":
    # The folder of the copy, not that of this program. infra/ is not copied.
    sys.path[0] = os.getcwd()
    sys.path.append(str(Path(__file__).parents[1]))
    modules = modules_of(import_module("app").app)
    if modules:
        MODULES.write_text(json.dumps(modules, indent=1))
    import_module("infra.policies").write_policies(Path(".chalice"))
    sys.exit(import_module("chalice.cli").main())
