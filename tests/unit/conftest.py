from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def logging_of_its_own() -> Iterator[None]:
    """A command or a server that a test runs configures the process's logging; the next test finds it as it was."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)
