"""The source of the distribution's viewer-request function: the routing table, infra/edge.py, as JavaScript."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from infra.edge import ROWS, SEGMENT, Row, parts_of

_TEMPLATE: Final = Path(__file__).with_name("edge_function.js")
_NO_ROWS: Final = "var ROWS = [];"
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-functions
MAX_BYTES: Final = 10_240


def source(rows: Sequence[Row] = ROWS) -> str:
    """The function for cloudfront-js-2.0."""
    lines = "".join(f"    {_row(row)},\n" for row in rows)
    return _TEMPLATE.read_text().replace(_NO_ROWS, f"var ROWS = [\n{lines}];")


def _row(row: Row) -> str:
    literals, names = parts_of(row.path)
    if row.path.endswith("/*"):
        pattern = re.escape(row.path[:-1]) + r"[\s\S]*"
    else:
        pattern = f"({SEGMENT})".join(map(re.escape, literals)) + "/?"
    values = {"names": names, "origin": row.origin, "target": row.target, "query": row.query}
    texts = ", ".join(f"{name}: {json.dumps(value)}" for name, value in values.items())
    literal = pattern.replace("/", r"\/")
    return f"{{ pattern: /^{literal}$/, {texts} }}"
