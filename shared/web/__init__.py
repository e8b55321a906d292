"""What the HTTP services share: access, problems, bodies with limits, pages. Knows no event type and no service.

`shared.web.server` runs an application; it is not imported here, so that tests need no server.
"""

from shared.web.access import OPEN, Gate, needs
from shared.web.answers import json_answer, tagged
from shared.web.application import application, together
from shared.web.bodies import BodyBounds
from shared.web.paging import Cursor, Limit, read_cursor, write_cursor
from shared.web.problems import (
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    TooLarge,
    TooMany,
    Unavailable,
    UnsupportedMediaType,
)

__all__ = [
    "OPEN",
    "BodyBounds",
    "Cursor",
    "Forbidden",
    "Gate",
    "Invalid",
    "Limit",
    "NotFound",
    "Problem",
    "TooLarge",
    "TooMany",
    "Unavailable",
    "UnsupportedMediaType",
    "application",
    "json_answer",
    "needs",
    "read_cursor",
    "tagged",
    "together",
    "write_cursor",
]
