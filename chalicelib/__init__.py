"""The application. Nothing here may import infra or tests."""

import gc
from typing import Final

# The 60,000 objects that imports make stay. Python would look for garbage after every 700, which takes 7 % of a
# cold start.
_OBJECTS_BETWEEN_COLLECTIONS: Final = 100_000

gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)

# These two first: their imports are nested deeply. Python 3.11 stores frames in chunks of 16 KB and takes and
# frees a chunk at each call that crosses its end. Nested in our own imports, up to 3,000 calls did, each with two
# system calls and a page fault: up to a tenth of a cold start.
import urllib3
import botocore.session
