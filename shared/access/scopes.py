"""What one may be allowed to do. docs/access.md has the table of who needs which."""

from enum import StrEnum


class Scope(StrEnum):
    EVENTS_WRITE = "events:write"
    JOURNEY_READ = "journey:read"
    JOURNEY_READ_ALL_DESKS = "journey:read:all-desks"
    JOURNEY_BREAK_GLASS = "journey:break-glass"
    PROMISES_READ = "promises:read"
    PROMISES_WRITE = "promises:write"
    FLAGS_READ = "flags:read"
    OPERATIONS = "operations"


KNOWN = frozenset(Scope)
