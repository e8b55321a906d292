"""What the HTTP services share: problems, bodies with limits, pages, health. Knows no event type and no service.

`shared.web.server` runs an application; it is not imported here, so that tests need no server.
"""

from shared.web.answers import json_answer, tagged
from shared.web.application import application
from shared.web.bodies import BodyBounds
from shared.web.paging import Cursor, Limit, read_cursor, write_cursor
from shared.web.problems import (
    Invalid,
    NotFound,
    Problem,
    TooLarge,
    Unavailable,
    UnsupportedMediaType,
)

__all__ = [
    "BodyBounds",
    "Cursor",
    "Invalid",
    "Limit",
    "NotFound",
    "Problem",
    "TooLarge",
    "Unavailable",
    "UnsupportedMediaType",
    "application",
    "json_answer",
    "read_cursor",
    "tagged",
    "write_cursor",
]
