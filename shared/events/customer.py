"""Who the customer is to us and how to treat them: preferences, situation, feedback, identifiers."""

from typing import Literal

from pydantic import Field

from shared.events.envelope import Envelope
from shared.events.words import Count, CustomerId, Days, FreeText, HourMinute, Id, Moment, ShortText, Words, ZoneName


class QuietHours(Words):
    """Local hours without outreach, each day; may span midnight."""

    begins: HourMinute = Field(alias="from")
    ends: HourMinute = Field(alias="to")
    tz: ZoneName


class Cap(Words):
    """At most `n` outreaches in any `days` days."""

    n: Count
    days: Days


class PreferenceSet(Envelope):
    """How the customer wishes to be reached. Replaces what was set before as a whole."""

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
    """What worries or limits the customer, or what they have tried."""

    class Data(SituationWords):
        pass

    type: Literal["situation.noted"] = "situation.noted"
    data: Data


class SituationExpired(Envelope):
    """It is so no longer."""

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
    """What the customer says about a person, a desk or a product."""

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
    """An identifier points to this customer."""

    class Data(IdentifierWords):
        pass

    type: Literal["identifier.linked"] = "identifier.linked"
    data: Data


class IdentifierUnlinked(Envelope):
    """An identifier points to this customer no longer."""

    class Data(IdentifierWords):
        pass

    type: Literal["identifier.unlinked"] = "identifier.unlinked"
    data: Data


class MergeWords(Words):
    survivor_id: CustomerId
    merged_id: CustomerId
    decided_by: Id


class CustomerMerged(Envelope):
    """Two customer ids are one customer."""

    class Data(MergeWords):
        pass

    type: Literal["customer.merged"] = "customer.merged"
    data: Data


class CustomerUnmerged(Envelope):
    """They were two after all."""

    class Data(MergeWords):
        pass

    type: Literal["customer.unmerged"] = "customer.unmerged"
    data: Data
