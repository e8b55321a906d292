"""Who the customer is to us and how to treat them: preferences, situation, feedback, identifiers."""

from typing import Annotated, Literal

from pydantic import Field

from shared.events.envelope import Envelope
from shared.events.words import Count, CustomerId, FreeText, HourMinute, Id, Moment, ShortText, Words, ZoneName


class QuietHours(Words):
    """Local hours without outreach, each day; may span midnight."""

    begins: HourMinute = Field(alias="from")
    ends: HourMinute = Field(alias="to")
    tz: ZoneName


class Cap(Words):
    """At most `n` outreaches in any `days` days."""

    n: Count
    days: Annotated[Count, Field(ge=1)]


class PreferenceSet(Envelope):
    class Data(Words):
        preferred_channels: tuple[ShortText, ...] = Field(strict=False)
        never_channels: tuple[ShortText, ...] = Field(strict=False)
        ask_first: bool
        quiet_hours: QuietHours
        max_per_days: Cap

    type: Literal["preference.set"] = "preference.set"
    data: Data


class SituationWords(Words):
    kind: Literal["worry", "constraint", "tried_already", "accessibility", "deadline"]
    text: FreeText
    valid_until: Moment | None = None


class SituationNoted(Envelope):
    class Data(SituationWords):
        pass

    type: Literal["situation.noted"] = "situation.noted"
    data: Data


class SituationExpired(Envelope):
    class Data(SituationWords):
        pass

    type: Literal["situation.expired"] = "situation.expired"
    data: Data


class About(Words):
    """Whom or what feedback is for, by name, so that thanks reach the person."""

    agent: Id | None = None
    desk: Id | None = None
    product: ShortText | None = None


class FeedbackGiven(Envelope):
    class Data(Words):
        kind: Literal["thanks", "complaint", "score"]
        about: Literal["agent", "desk", "product"] | About | None = None
        text: FreeText | None = None

    type: Literal["feedback.given"] = "feedback.given"
    data: Data


class IdentifierWords(Words):
    kind: ShortText
    value: ShortText = Field(description="The identifier or its keyed hash.")
    verified: bool


class IdentifierLinked(Envelope):
    class Data(IdentifierWords):
        pass

    type: Literal["identifier.linked"] = "identifier.linked"
    data: Data


class IdentifierUnlinked(Envelope):
    class Data(IdentifierWords):
        pass

    type: Literal["identifier.unlinked"] = "identifier.unlinked"
    data: Data


class MergeWords(Words):
    survivor_id: CustomerId
    merged_id: CustomerId
    decided_by: Id


class CustomerMerged(Envelope):
    class Data(MergeWords):
        pass

    type: Literal["customer.merged"] = "customer.merged"
    data: Data


class CustomerUnmerged(Envelope):
    class Data(MergeWords):
        pass

    type: Literal["customer.unmerged"] = "customer.unmerged"
    data: Data
