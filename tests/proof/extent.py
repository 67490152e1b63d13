"""How much the proof checks: `make proof` checks all of it, `make test` a part."""

import os
from typing import Final

FULL: Final = os.environ.get("PROOF") == "full"
# Random histories of the simulation; a night has room for 10,000.
SEEDS: Final = int(os.environ.get("SEEDS") or (2000 if FULL else 0))
