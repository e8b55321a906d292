import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def garbage_of_its_own() -> Iterator[None]:
    """What a module leaves open is reported there, not in whichever test Python next collects garbage."""
    yield
    gc.collect()
