"""A claim about a timeline that somebody should act on. Written by journey on its own topic."""

from typing import Literal

from pydantic import Field

from shared.events.envelope import Envelope
from shared.events.words import ExactCount, FreeText, Id, Reference, Whole, Words


class Cause(Words):
    """The record that was being read when the flag changed: what a rebuild compares to stay silent."""

    topic: Id
    partition: ExactCount
    offset: ExactCount
    event_id: Id


class FlagWords(Words):
    flag_id: Id
    kind: Id
    rule: Id
    rule_version: Whole
    evidence: tuple[Reference, ...] = Field(strict=False)
    severity: Whole
    issue_id: Id | None = None
    promise_id: Id | None = None
    cause: Cause


class FlagRaised(Envelope):
    """The claim stands from here on."""

    class Data(FlagWords):
        pass

    type: Literal["flag.raised"] = "flag.raised"
    data: Data


class FlagWithdrawn(Envelope):
    """It was never true: a late, corrected or retracted event shows so."""

    class Data(FlagWords):
        pass

    type: Literal["flag.withdrawn"] = "flag.withdrawn"
    data: Data


class FlagSettled(Envelope):
    """It stays true, and nothing is left to do."""

    class Data(FlagWords):
        why: FreeText

    type: Literal["flag.settled"] = "flag.settled"
    data: Data
