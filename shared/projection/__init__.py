"""A partition's keyspace with fenced writes. Knows no event type.

`shared.projection.redis.RedisProjection` and `shared.projection.memory.MemoryProjection` behave the same.
"""

from shared.projection.projection import (
    Claim,
    Fenced,
    Lost,
    Moved,
    PartitionCountChanged,
    Projection,
    ProjectionError,
    ProjectionFault,
    ProjectionUnavailable,
    Readable,
    Refused,
)
from shared.projection.reads import (
    ByScore,
    CountByScore,
    GetFields,
    GetStatus,
    GetValue,
    HasMembers,
    ListLength,
    ListRange,
    Read,
)
from shared.projection.writes import (
    EVERYTHING,
    AddMembers,
    DropField,
    DropScore,
    DropValue,
    SetField,
    SetScore,
    SetValue,
    Splice,
    Write,
)

__all__ = [
    "EVERYTHING",
    "AddMembers",
    "ByScore",
    "Claim",
    "CountByScore",
    "DropField",
    "DropScore",
    "DropValue",
    "Fenced",
    "GetFields",
    "GetStatus",
    "GetValue",
    "HasMembers",
    "ListLength",
    "ListRange",
    "Lost",
    "Moved",
    "PartitionCountChanged",
    "Projection",
    "ProjectionError",
    "ProjectionFault",
    "ProjectionUnavailable",
    "Read",
    "Readable",
    "Refused",
    "SetField",
    "SetScore",
    "SetValue",
    "Splice",
    "Write",
]
