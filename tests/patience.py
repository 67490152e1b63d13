"""How long tests wait for a running system: a bound for hangs, so that a busy machine turns no test red."""

from typing import Final

SECONDS: Final = 180.0
MS: Final = SECONDS * 1000
# For what a clock of the system starts: a probe each minute, the end of a queue.
CLOCKED_SECONDS: Final = 400.0
