"""The application. Nothing here may import infra or tests."""

import gc
from typing import Final

# The 60,000 objects that imports make stay. Python would look for garbage after every 700, which takes 7 % of a
# cold start.
_OBJECTS_BETWEEN_COLLECTIONS: Final = 100_000

gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
