"""What a caller says beside the question itself: what for, and why a rule is to be passed by. Goes on the record.

Ashiato-Purpose         a word: contact, complaint, audit, ...
Ashiato-Break-Glass     a reason in one's own words, UTF-8 (or percent-encoded), for what one may otherwise not see
"""

import re
from typing import Final
from urllib.parse import unquote_to_bytes

from fastapi import Request

from shared.access import Caller, Scope
from shared.access.lookups import Question
from shared.telemetry.trace_context import TRACEPARENT, trace_id
from shared.web.problems import Invalid, MissingScope

PURPOSE: Final = "ashiato-purpose"
BREAK_GLASS: Final = "ashiato-break-glass"
LEAST_REASON: Final = 15
LONGEST_REASON: Final = 500

_WORD: Final = re.compile(r"[a-z][a-z0-9_-]{0,63}")


def question(request: Request, caller: Caller) -> Question:
    """Raises Invalid, MissingScope (for breaking the glass)."""
    path = getattr(request.scope.get("route"), "path", "")
    return Question(
        caller=caller,
        what=f"{request.method} {path}",
        purpose=_purpose(request),
        break_glass=_break_glass(request, caller),
        trace_id=trace_id(request.headers.get(TRACEPARENT)),
    )


def _purpose(request: Request) -> str | None:
    given = request.headers.get(PURPOSE)
    if given is not None and not _WORD.fullmatch(given):
        raise Invalid("Ashiato-Purpose is a word: small letters, digits, _ and -, 64 at most.")
    return given


def _break_glass(request: Request, caller: Caller) -> str | None:
    given = request.headers.getlist(BREAK_GLASS)
    if not given:
        return None
    if Scope.JOURNEY_BREAK_GLASS not in caller.scopes:
        raise MissingScope(Scope.JOURNEY_BREAK_GLASS)
    reason = _text(given[0]).strip() if len(given) == 1 else ""
    if not LEAST_REASON <= len(reason) <= LONGEST_REASON or not reason.isprintable() or len(set(reason)) < 5:
        raise Invalid(
            f"Ashiato-Break-Glass says why, once, in {LEAST_REASON} to {LONGEST_REASON} characters; it is recorded."
        )
    return reason


def _text(header: str) -> str:
    """Header bytes arrive as Latin-1, whatever they were."""
    try:
        return unquote_to_bytes(header.encode("latin-1")).decode()
    except UnicodeDecodeError:
        return ""
