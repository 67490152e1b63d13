"""The command line."""

import json
import sys
from pathlib import Path

from tests.proof.black_box.auditor.verdict import judge

# More findings of one kind tell nothing new.
MOST = 200


def main(arguments: list[str]) -> int:
    """0: the guarantees held. 1: findings, or a journal that cannot be read."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m tests.proof.black_box.auditor <folder>\n")
        return 1
    try:
        findings, figures = judge(Path(arguments[0]))
    except ValueError as error:
        sys.stdout.write(f"{error}\n")
        return 1
    for finding in findings[:MOST]:
        sys.stdout.write(f"{finding}\n")
    if len(findings) > MOST:
        sys.stdout.write(f"… and {len(findings) - MOST} more\n")
    sys.stdout.write(f"{len(findings)} findings; figures {json.dumps(figures)}\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
