"""Time limits of tests that wait for a running system: high enough that tests pass on a busy machine."""

from typing import Final

SECONDS: Final = 180.0
MS: Final = SECONDS * 1000
# For what a clock of the system starts: a probe each minute, the end of a queue.
CLOCKED_SECONDS: Final = 400.0
