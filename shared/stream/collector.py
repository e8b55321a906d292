"""Python's collector of cycles, set for a process that serves."""

import gc
from typing import Final

# So many objects made more than freed, and it looks. A chunk makes some thousands, which their counts free when it is
# saved, and sixteen look-ups as many until they are answered: with Python's 700 the collector took a quarter of a
# worker's time, to find nothing.
YOUNG: Final = 50_000


def spare_what_lasts() -> None:
    """Call it when everything is imported: what lives until the end is not walked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)
