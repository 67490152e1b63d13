"""The application. Nothing here may import infra or tests."""

import gc
from typing import Final

# The 60,000 objects that imports create are never freed. By default Python collects garbage after every 700 new
# objects, which takes 7 % of a cold start.
_OBJECTS_BETWEEN_COLLECTIONS: Final = 100_000

gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)

# These two are imported first because their own imports nest deeply. Python 3.11 stores frames in chunks of 16 KB.
# Each call that crosses the end of a chunk allocates one and frees it afterwards, with two system calls and a page
# fault. When our imports nested these two, up to 3,000 calls did that: up to a tenth of a cold start.
import urllib3
import botocore.session
