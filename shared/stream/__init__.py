"""The engine: reads a topic partition by partition, and lets a handler turn chunks of records into fenced saves.

Knows no event type. `shared.stream.app` runs it on Kafka inside Faust, `shared.stream.memory` on memory, for tests: the
code between the two (`partition.py`) is the same. This module imports neither, so an API process may use it too.
"""

from shared.stream.engine import Engine
from shared.stream.errors import EngineError, HandlerSavedNothing, PositionOutsideLog
from shared.stream.handler import Handler
from shared.stream.lease import Lease
from shared.stream.settings import EngineSettings
from shared.stream.status import EngineStatus, PartitionStatus, State

__all__ = [
    "Engine",
    "EngineError",
    "EngineSettings",
    "EngineStatus",
    "Handler",
    "HandlerSavedNothing",
    "Lease",
    "PartitionStatus",
    "PositionOutsideLog",
    "State",
]
