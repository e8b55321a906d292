"""The projection suite, on memory and on a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from shared.projection import Projection
from shared.projection.memory import MemoryProjection
from shared.projection.redis import RedisProjection
from tests.suites.projection_at_once import AtOnceSuite
from tests.suites.projection_suite import ProjectionSuite

if TYPE_CHECKING:
    from tests.conftest import NewName
    from tools.stack import Valkey


class TestMemoryProjection(ProjectionSuite, AtOnceSuite):
    @pytest.fixture
    async def projection(self) -> Projection:
        return MemoryProjection()


class TestRedisProjection(ProjectionSuite, AtOnceSuite):
    @pytest.fixture
    async def projection(self, valkey: Valkey, new_tag: NewName) -> AsyncIterator[Projection]:
        projection = RedisProjection(valkey.url, service=new_tag(), partitions=4)
        await projection.start()
        yield projection
        await projection.stop()
