"""What we do for a customer of our own accord after something happened."""

from typing import Literal

from shared.events.envelope import Envelope
from shared.events.words import FreeText, Id, Moment, Owner, Words


class FollowupWords(Words):
    followup_id: Id
    kind: Literal["aftercare", "recovery", "drop_out", "proactive"]
    owner: Owner
    due_by: Moment


class FollowupPlanned(Envelope):
    """Something is to be done for the customer by a time."""

    class Data(FollowupWords):
        why: FreeText

    type: Literal["followup.planned"] = "followup.planned"
    data: Data


class FollowupDone(Envelope):
    """It was done."""

    class Data(FollowupWords):
        why: FreeText

    type: Literal["followup.done"] = "followup.done"
    data: Data


class FollowupSkipped(Envelope):
    """It was left, for the customer's sake or because nothing is left to do."""

    class Data(FollowupWords):
        why: Literal["cap", "quiet_hours", "preference", "ask_first", "resolved", "returned", "erased"]

    type: Literal["followup.skipped"] = "followup.skipped"
    data: Data
